//! Makes an image of the store out of stored layers: its documents, its tag and its place in the index.

use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::digest::Digest;
use jetway_common::image::StoredImage;
use jetway_common::layout::ImageKeys;
use jetway_common::release::ImagePin;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::index::{ImageIndex, IndexEntry, tag};
use super::manifest::{is_stored, known_layer, load, manifest};
use super::publish::Published;
use super::read::image_config::Chosen;
use super::read::platform::ImagePlatform;
use super::refusal::shown;
use super::source::Source;
use super::staging::{Staging, Taken};
use crate::docker::images::EngineImage;
use crate::error::UserError;
use crate::platform::Store;

/// How many layers are looked up at the same time.
const AT_ONCE: usize = 16;

/// Records one image in the store.
pub(crate) struct Recorder<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) images: &'a ImageKeys,
    pub(crate) source: &'a Source,
    pub(crate) started: Instant,
}

/// What was moved.
struct Read {
    bytes: u64,
    stored: u64,
    layers_stored: usize,
}

impl Recorder<'_> {
    /// An image that the engine knows by an id under which it is stored needs no transfer.
    pub(crate) async fn already(
        &self,
        image: &EngineImage,
        wanted: &ImagePlatform,
    ) -> anyhow::Result<Option<Published>> {
        let index = ImageIndex::read(self.store, self.images).await?;
        for entry in index.manifests.iter().filter(|entry| entry.has_engine_id(&image.id)) {
            let Some(stored) = load(self.store, self.images, &entry.digest).await? else { continue };
            let suits = ImagePlatform::parse(&stored.platform).is_some_and(|platform| platform.suits(wanted));
            if !suits || !self.has_all_layers(&stored).await? {
                continue;
            }
            let tag = first_reference(&image.tags);
            let entry = entry.clone().with_tag(tag.as_deref()).with_engine_id(Some(&image.id)).pushed(Timestamp::now());
            self.list(&stored, &entry).await?;
            let pin = self.pin(stored.manifest.clone(), stored.config.clone(), stored.platform.clone(), tag.as_deref());
            let read = Read { bytes: 0, stored: 0, layers_stored: 0 };
            return Ok(Some(self.published(pin, tag, &stored, &read, image.has_command, Vec::new())));
        }
        Ok(None)
    }

    async fn has_all_layers(&self, image: &StoredImage) -> anyhow::Result<bool> {
        let stored = image.layers.iter().map(|layer| is_stored(self.store, self.images, layer));
        stream::iter(stored).buffered(AT_ONCE).try_all(std::future::ready).await
    }

    /// Gives the staged layers their names, writes the image's documents and puts it into the index.
    pub(crate) async fn record(
        &self,
        staging: &Staging<'_>,
        taken: Taken,
        engine: Option<&EngineImage>,
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
        let tag = first_reference(engine.map_or(&image.names, |engine| &engine.tags));
        let entry = IndexEntry::new(
            digest.clone(),
            bytes.len() as u64,
            &stored.config,
            platform_json(&image.platform),
            Timestamp::now(),
        );
        let entry = entry.with_tag(tag.as_deref()).with_engine_id(engine.map(|engine| engine.id.as_str()));
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
        let known = image.layers.iter().map(|layer| async move {
            let known = known_layer(self.store, self.images, &layer.diff_id).await?;
            anyhow::Ok((layer, known.is_some()))
        });
        let mut known = stream::iter(known).buffered(AT_ONCE);
        while let Some((layer, is_known)) = known.try_next().await? {
            if !is_known {
                ImageIndex::update(self.store, self.images, |entries| entries.retain(|other| other != entry)).await?;
                let message = format!("layer {} was pruned while the image was published", layer.diff_id.short());
                return Err(UserError::failed(message).hint("publish the image again").into());
            }
        }
        Ok(())
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
}

pub(crate) fn platform_json(platform: &ImagePlatform) -> Value {
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

/// What the image is called in the index: the first name that an index can hold.
fn first_reference(names: &[String]) -> Option<String> {
    names.iter().find(|name| is_reference(name)).cloned()
}

/// The form that the image specification allows for a reference in an index.
pub(crate) fn is_reference(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:@+".contains(&b))
    };
    text.len() <= 255 && text.split('/').all(is_part)
}
