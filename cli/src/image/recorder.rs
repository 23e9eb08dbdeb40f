//! Makes an image of the store out of stored layers: its documents, its tag and its place in the index.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::digest::Digest;
use jetway_common::image::{Layer, StoredImage};
use jetway_common::layout::ImageKeys;
use jetway_common::release::ImagePin;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::index::{ImageIndex, IndexEntry};
use super::manifest::{AT_ONCE, are_stored, load, manifest};
use super::publish::Watch;
use super::published::{Published, Way};
use super::read::candidate::Candidate;
use super::read::image_config::Chosen;
use super::read::platform::ImagePlatform;
use super::refusal::shown;
use super::source::Source;
use super::staging::{Resolved, Staging, Taken};
use crate::docker::images::EngineImage;
use crate::error::UserError;
use crate::platform::Store;

/// Records one image in the store.
pub(crate) struct Recorder<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) images: &'a ImageKeys,
    pub(crate) source: &'a Source,
    pub(crate) watch: &'a Watch<'a>,
    pub(crate) started: Instant,
}

/// What was read before of an image that an engine has.
#[derive(Clone)]
pub(crate) struct Seen<'a> {
    pub(crate) image: &'a EngineImage,
    /// The index of all images.
    pub(crate) index: ImageIndex,
    /// All of its layers that were in the store.
    pub(crate) layers: BTreeMap<Digest, Layer>,
}

/// What was moved.
struct Read {
    way: Way,
    bytes: u64,
    stored: u64,
    layers_stored: usize,
}

impl Recorder<'_> {
    /// An image that the engine knows by an id under which it is stored needs no transfer.
    pub(crate) async fn already(
        &self,
        index: &ImageIndex,
        image: &EngineImage,
        wanted: &ImagePlatform,
    ) -> anyhow::Result<Option<Published>> {
        for entry in index.manifests.iter().filter(|entry| entry.has_engine_id(&image.id)) {
            let Some(stored) = load(self.store, self.images, &entry.digest).await? else { continue };
            let suits = ImagePlatform::parse(&stored.platform).is_some_and(|platform| platform.suits(wanted));
            if !suits || !are_stored(self.store, self.images, &stored.layers).await? {
                continue;
            }
            let tag = first_reference(&image.tags);
            let entry = entry.clone().with_tag(tag.as_deref()).with_engine_id(Some(&image.id)).pushed(Timestamp::now());
            let is_whole = async || self.has_all(&stored).await;
            if !index.clone().add(self.store, self.images, self.watch, &entry, is_whole).await? {
                continue;
            }
            let pin = self.pin(stored.manifest.clone(), stored.config.clone(), stored.platform.clone(), tag.as_deref());
            let read = Read { way: Way::Stored, bytes: 0, stored: 0, layers_stored: 0 };
            return Ok(Some(self.published(pin, tag, &stored, &read, image.has_command, Vec::new())));
        }
        Ok(None)
    }

    async fn has_all(&self, image: &StoredImage) -> anyhow::Result<bool> {
        let size = async |digest| self.store.size(&self.images.blob(digest)).await;
        let (manifest, config) = tokio::try_join!(size(&image.manifest), size(&image.config))?;
        Ok(manifest.is_some() && config.is_some() && are_stored(self.store, self.images, &image.layers).await?)
    }

    /// Gives the staged layers their names, writes the image's documents and puts it into the index.
    pub(crate) async fn record(
        &self,
        staging: &Staging<'_>,
        taken: Taken,
        seen: Option<Seen<'_>>,
        way: Way,
    ) -> anyhow::Result<Published> {
        let Taken { image, bytes_read } = taken;
        let resolved = resolved(staging, &image, seen.as_ref().map(|seen| &seen.layers)).await?;
        let layers = image.layers.iter().filter_map(|layer| resolved.get(&layer.diff_id));
        let layers: Vec<Layer> = layers.map(|resolved| resolved.layer.clone()).collect();
        let bytes = manifest(&image.config, &layers)?;
        let digest = Digest::of(&bytes);
        let stored = StoredImage::new(&digest, &bytes, image.config.clone())?;
        let tag = first_reference(seen.as_ref().map_or(&image.names, |seen| &seen.image.tags));
        let entry = IndexEntry::new(
            digest.clone(),
            bytes.len() as u64,
            &stored.config,
            platform_json(&image.platform),
            Timestamp::now(),
        );
        let id = seen.as_ref().map(|seen| seen.image.id.as_str());
        let entry = entry.with_tag(tag.as_deref()).with_engine_id(id);
        let index = match seen {
            Some(seen) => seen.index,
            None => ImageIndex::settled(self.store, self.images, self.watch).await?,
        };
        let old = resolved.values().filter(|it| !it.is_new()).map(|it| &it.layer);
        // They were found perhaps before the index was read: only from then on does it tell of a prune.
        let old = are_stored(self.store, self.images, old);
        let (is_whole, (), ()) =
            tokio::try_join!(old, settle(staging, &resolved), self.put_documents(&stored, &bytes))?;
        if !is_whole || !self.list(index, &stored, &bytes, &entry).await? {
            let message = "a layer that was stored already was pruned while the image was published";
            return Err(UserError::failed(message).hint("publish the image again").into());
        }
        let pin = self.pin(digest, stored.config.clone(), stored.platform.clone(), tag.as_deref());
        let new: Vec<u64> = resolved.values().filter(|it| it.is_new()).map(|it| it.layer.size).collect();
        let read = Read { way, bytes: bytes_read, stored: new.iter().sum(), layers_stored: new.len() };
        Ok(self.published(pin, tag, &stored, &read, image.has_command, warnings(&image)))
    }

    async fn put_documents(&self, image: &StoredImage, manifest: &[u8]) -> anyhow::Result<()> {
        let (layout, config) = (self.images.layout(), self.images.blob(&image.config));
        let place = self.images.blob(&image.manifest);
        tokio::try_join!(
            self.store.ensure(&layout, br#"{"imageLayoutVersion":"1.0.0"}"#),
            self.store.ensure(&config, &image.config_bytes),
            self.store.ensure(&place, manifest),
        )?;
        Ok(())
    }

    /// Puts the image into the index, if all of it is still in the store.
    async fn list(
        &self,
        index: ImageIndex,
        image: &StoredImage,
        manifest: &[u8],
        entry: &IndexEntry,
    ) -> anyhow::Result<bool> {
        let is_whole = async || {
            self.put_documents(image, manifest).await?;
            are_stored(self.store, self.images, &image.layers).await
        };
        index.add(self.store, self.images, self.watch, entry, is_whole).await
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
            way: read.way,
            bytes_read: read.bytes,
            bytes_stored: read.stored,
            bytes_in_store: image.layers.iter().map(|layer| layer.size).sum(),
            time: self.started.elapsed(),
            has_command,
            warnings,
        }
    }
}

/// Every layer of the image, by diff-ID.
async fn resolved(
    staging: &Staging<'_>,
    image: &Chosen,
    known: Option<&BTreeMap<Digest, Layer>>,
) -> anyhow::Result<BTreeMap<Digest, Resolved>> {
    let unique: BTreeMap<&Digest, &Candidate> = image.layers.iter().map(|layer| (&layer.diff_id, layer)).collect();
    let resolving = unique.into_iter().map(|(diff_id, candidate)| async move {
        anyhow::Ok((diff_id.clone(), staging.resolve(candidate, known).await?))
    });
    stream::iter(resolving).buffer_unordered(AT_ONCE).try_collect().await
}

async fn settle(staging: &Staging<'_>, layers: &BTreeMap<Digest, Resolved>) -> anyhow::Result<()> {
    let settling = layers.values().map(|layer| staging.settle(layer));
    stream::iter(settling).buffer_unordered(AT_ONCE).try_collect().await
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
