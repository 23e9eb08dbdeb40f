//! The manifest that Jetway writes for an image, and images as they are read back.

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::image::{Layer, StoredImage, descriptor};
use jetway_common::layout::ImageKeys;
use oci_spec::image::MediaType;
use serde_json::{Value, json};

use crate::error::UserError;
use crate::platform::Store;

/// How many layers are looked up at the same time.
pub(crate) const AT_ONCE: usize = 32;

/// The manifest of an image. The same parts always give the same bytes.
pub(crate) fn manifest(config: &[u8], layers: &[Layer]) -> anyhow::Result<Vec<u8>> {
    let config = descriptor(MediaType::ImageConfig, &Digest::of(config), config.len() as u64)?;
    let layers = layers.iter().map(Layer::descriptor).collect::<Result<Vec<_>, _>>()?;
    // A JSON value keeps its keys sorted; annotations alone are in no order.
    let manifest: Value = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": layers,
    });
    Ok(serde_json::to_vec(&manifest)?)
}

/// The image with this manifest, with its documents checked against their digests; none if it is not in the store.
pub async fn load(store: &dyn Store, images: &ImageKeys, digest: &Digest) -> anyhow::Result<Option<StoredImage>> {
    let Some(manifest) = store.get(&images.blob(digest)).await? else { return Ok(None) };
    let broken = || format!("image {} in the store is broken", digest.short());
    let config = StoredImage::config_of(digest, &manifest.bytes).with_context(broken)?;
    let Some(config) = store.get(&images.blob(&config)).await? else {
        return Err(UserError::failed(format!("image {} in the store lacks its configuration", digest.short())).into());
    };
    let image = StoredImage::new(digest, &manifest.bytes, config.bytes.to_vec()).with_context(broken)?;
    Ok(Some(image))
}

/// The stored layer with this diff-ID. A pointer whose blob is gone does not count.
pub(crate) async fn known_layer(
    store: &dyn Store,
    images: &ImageKeys,
    diff_id: &Digest,
) -> anyhow::Result<Option<Layer>> {
    let Some(pointer) = store.get(&images.layer(diff_id)).await? else { return Ok(None) };
    let Ok(layer) = Layer::from_bytes(&pointer.bytes) else { return Ok(None) };
    let is_whole = layer.diff_id == *diff_id && is_stored(store, images, &layer).await?;
    Ok(is_whole.then_some(layer))
}

/// Whether the blobs of all these layers are there.
pub(crate) async fn are_stored(
    store: &dyn Store,
    images: &ImageKeys,
    layers: impl IntoIterator<Item = &Layer>,
) -> anyhow::Result<bool> {
    let stored = layers.into_iter().map(|layer| is_stored(store, images, layer));
    stream::iter(stored).buffered(AT_ONCE).try_all(std::future::ready).await
}

/// Whether the layer's blob is there in its full size.
pub(crate) async fn is_stored(store: &dyn Store, images: &ImageKeys, layer: &Layer) -> anyhow::Result<bool> {
    Ok(store.size(&images.blob(&layer.digest)).await? == Some(layer.size))
}
