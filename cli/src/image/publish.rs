//! Publishes one image: from whatever source, as a stream, into the store.

use std::path::Path;
use std::time::{Duration, Instant};

use jetway_common::digest::Digest;
use jetway_common::image::StoredImage;
use jetway_common::layout::ImageKeys;
use jetway_common::release::ImagePin;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::index::{ImageIndex, IndexEntry, tag};
use super::manifest::{is_stored, known_layer, load, manifest};
use super::read::image_config::Chosen;
use super::read::input::{ChannelReader, SteadyFile};
use super::read::layer::LayerIntake;
use super::read::platform::ImagePlatform;
use super::read::{archive, contents, folder};
use super::refusal::{Failure, shown};
use super::source::Source;
use super::staging::{Staging, Taken};
use crate::docker::Engine;
use crate::docker::images::EngineImage;
use crate::error::UserError;
use crate::platform::Store;
use crate::progress::Step;

/// What is wanted of an image.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `os/architecture`, where it is not that of this machine.
    pub platform: Option<String>,
}

/// Who watches a publish, and who may end it.
pub struct Watch<'a> {
    /// Where progress is shown.
    pub step: &'a Step,
    /// Cancelled to end the publish early; it then removes what it uploaded and fails.
    pub stop: &'a CancellationToken,
}

/// What a publish came to.
#[derive(Debug, Clone)]
pub struct Published {
    /// The image as a release pins it.
    pub pin: ImagePin,
    /// What it is called in the index, if its source gave it a name.
    pub tag: Option<String>,
    /// How many layers it has.
    pub layers: usize,
    /// How many of them were not in the store before.
    pub layers_stored: usize,
    /// What was read from the source, in bytes; 0 if the image was there already.
    pub bytes_read: u64,
    /// What was written into the store for layers, in bytes.
    pub bytes_stored: u64,
    /// What all its layers take in the store, in bytes.
    pub bytes_in_store: u64,
    /// How long it took.
    pub time: Duration,
    /// Whether the image itself says what to run.
    pub has_command: bool,
    /// What the user must know about the image.
    pub warnings: Vec<String>,
}

/// Publishes the image from `source`. When it fails, the store holds nothing of it.
pub async fn publish(
    store: &dyn Store,
    images: &ImageKeys,
    source: &Source,
    wanted: &Wanted,
    watch: &Watch<'_>,
) -> anyhow::Result<Published> {
    let started = Instant::now();
    let publisher = Publisher { store, images, source, wanted: platform(wanted)?, watch, started };
    match source {
        Source::Engine(reference) => publisher.engine_image(reference).await,
        Source::Input => {
            publisher.stream(|intake, wanted| read_archive(std::io::stdin(), intake, wanted), None, None).await
        }
        Source::Path(path) => publisher.path_image(path).await,
    }
}

struct Publisher<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    source: &'a Source,
    wanted: ImagePlatform,
    watch: &'a Watch<'a>,
    started: Instant,
}

impl Publisher<'_> {
    async fn path_image(&self, path: &Path) -> anyhow::Result<Published> {
        let owned = path.to_owned();
        if path.is_dir() {
            let read = move |mut intake, wanted: &_| folder::read(&owned, wanted, &mut intake);
            return self.stream(read, None, None).await;
        }
        let file = SteadyFile::open(path).map_err(|failure| self.refuse(&failure))?;
        let (total, witness) = (file.size(), file.witness().map_err(|failure| self.refuse(&failure))?);
        let read = move |intake, wanted: &_| {
            let chosen = read_archive(file, intake, wanted);
            witness.check().and(chosen)
        };
        self.stream(read, Some(total), None).await
    }

    async fn engine_image(&self, reference: &str) -> anyhow::Result<Published> {
        let engine = Engine::connect().await?;
        let Some(image) = engine.find_image(reference).await? else {
            return Err(not_found(&engine, reference).await.into());
        };
        if let Some(published) = self.already(&image).await? {
            return Ok(published);
        }
        let reader = ChannelReader::new(engine.save_image(&image.id));
        self.stream(|intake, wanted| read_archive(reader, intake, wanted), image.size, Some(&image.id)).await
    }

    /// An image that the engine knows by an id under which it is stored needs no transfer.
    async fn already(&self, image: &EngineImage) -> anyhow::Result<Option<Published>> {
        let index = ImageIndex::read(self.store, self.images).await?;
        for entry in index.manifests.iter().filter(|entry| entry.has_engine_id(&image.id)) {
            let Some(stored) = load(self.store, self.images, &entry.digest).await? else { continue };
            let suits = ImagePlatform::parse(&stored.platform).is_some_and(|platform| platform.suits(&self.wanted));
            if !suits || !self.has_all_layers(&stored).await? {
                continue;
            }
            let tag = self.tag(&[]);
            let entry = entry.clone().with_tag(tag.as_deref()).with_engine_id(Some(&image.id)).pushed(Timestamp::now());
            self.list(&stored, &entry).await?;
            let pin = self.pin(stored.manifest.clone(), stored.config.clone(), stored.platform.clone(), tag.as_deref());
            let read = Read { bytes: 0, stored: 0, layers_stored: 0 };
            return Ok(Some(self.published(pin, tag, &stored, &read, image.has_command, Vec::new())));
        }
        Ok(None)
    }

    async fn has_all_layers(&self, image: &StoredImage) -> anyhow::Result<bool> {
        for layer in &image.layers {
            if !is_stored(self.store, self.images, layer).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn stream<F>(&self, read: F, total: Option<u64>, engine_id: Option<&str>) -> anyhow::Result<Published>
    where
        F: FnOnce(LayerIntake, &ImagePlatform) -> Result<Chosen, Failure> + Send + 'static,
    {
        let mut staging = Staging::new(self.store, self.images);
        staging.sweep(Timestamp::now()).await?;
        let wanted = self.wanted.clone();
        let taken = staging.take(move |intake| read(intake, &wanted), total, self.watch).await;
        let taken = taken.and_then(|taken| taken.map_err(|failure| self.refuse(&failure)));
        let stored = match taken {
            Ok(taken) => self.store_image(&staging, taken, engine_id).await,
            Err(error) => Err(error),
        };
        let discarded = staging.discard().await;
        stored.and_then(|stored| discarded.map(|()| stored))
    }

    async fn store_image(
        &self,
        staging: &Staging<'_>,
        taken: Taken,
        engine_id: Option<&str>,
    ) -> anyhow::Result<Published> {
        let Taken { image, bytes_read } = taken;
        let (mut layers, mut read) = (Vec::new(), Read { bytes: bytes_read, stored: 0, layers_stored: 0 });
        for candidate in &image.layers {
            let (layer, is_new) = staging.settle(candidate).await?;
            if is_new {
                read.stored += layer.size;
                read.layers_stored += 1;
            }
            layers.push(layer);
        }
        let bytes = manifest(&image.config, &layers)?;
        let digest = Digest::of(&bytes);
        let stored = StoredImage::new(&digest, &bytes, image.config.clone())?;
        let tag = self.tag(&image.names);
        let entry = IndexEntry::new(
            digest.clone(),
            bytes.len() as u64,
            &stored.config,
            platform_json(&image.platform),
            Timestamp::now(),
        );
        let entry = entry.with_tag(tag.as_deref()).with_engine_id(engine_id);
        self.put_documents(&stored, &bytes).await?;
        self.list(&stored, &entry).await?;
        self.put_documents(&stored, &bytes).await?;
        let pin = self.pin(digest, stored.config.clone(), stored.platform.clone(), tag.as_deref());
        Ok(self.published(pin, tag, &stored, &read, image.has_command, warnings(&image)))
    }

    async fn put_documents(&self, image: &StoredImage, manifest: &[u8]) -> anyhow::Result<()> {
        let _ = self.store.put_new(&self.images.layout(), br#"{"imageLayoutVersion":"1.0.0"}"#).await?;
        let _ = self.store.put_new(&self.images.blob(&image.config), &image.config_bytes).await?;
        let _ = self.store.put_new(&self.images.blob(&image.manifest), manifest).await?;
        Ok(())
    }

    /// Puts the image into the index. A prune at the same time removes the pointers of layers before it reads the index
    /// for the last time, so pointers that are still there now are there to stay.
    async fn list(&self, image: &StoredImage, entry: &IndexEntry) -> anyhow::Result<()> {
        ImageIndex::update(self.store, self.images, |entries| tag(entries, entry)).await?;
        for layer in &image.layers {
            if known_layer(self.store, self.images, &layer.diff_id).await?.is_none() {
                ImageIndex::update(self.store, self.images, |entries| entries.retain(|other| other != entry)).await?;
                let message = format!("layer {} was pruned while the image was published", layer.diff_id.short());
                return Err(UserError::failed(message).hint("publish the image again").into());
            }
        }
        Ok(())
    }

    /// What the image is called: as the deployer wrote it, else the first name that the archive has for it.
    fn tag(&self, names: &[String]) -> Option<String> {
        match self.source {
            Source::Engine(reference) => Some(reference.clone()),
            _ => names.first().cloned(),
        }
        .filter(|tag| is_reference(tag))
    }

    fn pin(&self, manifest: Digest, config: Digest, platform: String, tag: Option<&str>) -> ImagePin {
        let reference = tag.map_or_else(|| shown(&self.source.to_string()), str::to_owned);
        ImagePin { manifest, config, platform, reference }
    }

    fn published(
        &self,
        pin: ImagePin,
        tag: Option<String>,
        image: &StoredImage,
        read: &Read,
        has_command: bool,
        warnings: Vec<String>,
    ) -> Published {
        Published {
            pin,
            tag,
            layers: image.layers.len(),
            layers_stored: read.layers_stored,
            bytes_read: read.bytes,
            bytes_stored: read.stored,
            bytes_in_store: image.layers.iter().map(|layer| layer.size).sum(),
            time: self.started.elapsed(),
            has_command,
            warnings,
        }
    }

    fn refuse(&self, failure: &Failure) -> anyhow::Error {
        let hint = if let Failure::Refused(refusal) = failure { refusal.hint() } else { None };
        let name = shown(&self.source.to_string());
        let error = UserError::usage(format!("cannot take the image from `{name}`: {}", reason(failure)));
        UserError { hint, ..error }.into()
    }
}

/// What was moved.
struct Read {
    bytes: u64,
    stored: u64,
    layers_stored: usize,
}

fn read_archive(
    reader: impl std::io::Read + Send,
    mut intake: LayerIntake,
    wanted: &ImagePlatform,
) -> Result<Chosen, Failure> {
    let contents = archive::read(reader, &mut intake)?;
    Ok(contents::image(&contents, wanted)?)
}

fn platform(wanted: &Wanted) -> anyhow::Result<ImagePlatform> {
    let Some(text) = &wanted.platform else { return Ok(ImagePlatform::of_this_machine()) };
    ImagePlatform::parse(text).ok_or_else(|| {
        let message = format!("`{}` is no platform: expected `os/architecture`", shown(text));
        UserError::usage(message).hint("for example `linux/amd64` or `linux/arm64`").into()
    })
}

fn platform_json(platform: &ImagePlatform) -> Value {
    let mut value = json!({ "os": platform.os, "architecture": platform.architecture });
    if let (Some(fields), Some(variant)) = (value.as_object_mut(), &platform.variant) {
        fields.insert("variant".to_owned(), variant.clone().into());
    }
    value
}

fn warnings(image: &Chosen) -> Vec<String> {
    let mut warnings = Vec::new();
    if image.names.len() > 1 {
        let names: Vec<String> = image.names.iter().map(|name| format!("`{}`", shown(name))).collect();
        warnings.push(format!("the image has several names, and the first is used: {}", names.join(", ")));
    }
    for (number, layer) in image.layers.iter().enumerate() {
        if let Some(link) = &layer.absolute_link {
            warnings.push(format!(
                "layer {} ({}) has a hard link to the absolute path `{}`, which Docker 29.7 and later refuse",
                number + 1,
                layer.diff_id.short(),
                shown(link)
            ));
        }
    }
    warnings
}

/// The form that the image specification allows for a reference in an index.
fn is_reference(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:@+".contains(&b))
    };
    text.len() <= 255 && text.split('/').all(is_part)
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".to_owned()
        }
        failure => failure.to_string(),
    }
}

async fn not_found(engine: &Engine, reference: &str) -> UserError {
    let error = UserError::usage(format!("the local Docker engine has no image `{}`", shown(reference)));
    let hint = match Source::path_hint(reference) {
        Some(hint) => Some(hint),
        None => engine.nearest_image(reference).await,
    };
    UserError { hint, ..error }
}
