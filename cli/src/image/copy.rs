//! Copies an image from one store to another, byte for byte: what a release pins stays what it is.

use jetway_common::digest::Hasher;
use jetway_common::image::{Layer, StoredImage};
use jetway_common::layout::ImageKeys;
use jetway_common::release::ImagePin;
use jiff::Timestamp;

use super::index::{ImageIndex, IndexEntry};
use super::manifest::{are_stored, is_stored, load};
use super::publish::Watch;
use super::read::platform::ImagePlatform;
use super::recorder::{is_reference, platform_json};
use crate::error::UserError;
use crate::platform::Store;

/// What a copy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many layers the image has.
    pub layers: usize,
    /// How many of them the store lacked.
    pub layers_stored: usize,
    /// What was written for them, in bytes.
    pub bytes_stored: u64,
}

/// Copies the image that `pin` names, as far as `to` lacks it. Every byte is checked against the pin on the way.
pub async fn copy(
    from: &dyn Store,
    to: &dyn Store,
    images: &ImageKeys,
    pin: &ImagePin,
    watch: &Watch<'_>,
) -> anyhow::Result<Copied> {
    let missing = || {
        let message = format!("the image {} of `{}` is not in the store any more", pin.manifest.short(), pin.reference);
        UserError::failed(message).hint("deploy it there again")
    };
    let image = load(from, images, &pin.manifest).await?.ok_or_else(missing)?;
    let manifest = from.get(&images.blob(&pin.manifest)).await?.ok_or_else(missing)?.bytes;
    let index = ImageIndex::settled(to, images, watch).await?;
    let mut copied = Copied { layers: image.layers.len(), layers_stored: 0, bytes_stored: 0 };
    for layer in &image.layers {
        if !is_stored(to, images, layer).await? {
            copy_layer(from, to, images, layer, watch).await?;
            copied.layers_stored += 1;
            copied.bytes_stored += layer.size;
        }
        point(to, images, layer).await?;
    }
    put_documents(to, images, &image, &manifest).await?;
    let tagged = Some(pin.reference.as_str()).filter(|reference| is_reference(reference));
    let platform = ImagePlatform::parse(&image.platform).unwrap_or_else(ImagePlatform::of_this_machine);
    let now = Timestamp::now();
    let entry =
        IndexEntry::new(pin.manifest.clone(), manifest.len() as u64, &image.config, platform_json(&platform), now);
    let entry = entry.with_tag(tagged);
    let is_whole = async || {
        put_documents(to, images, &image, &manifest).await?;
        are_stored(to, images, &image.layers).await
    };
    if index.add(to, images, watch, &entry, is_whole).await? {
        return Ok(copied);
    }
    let error = UserError::failed("a layer that was there already was pruned while the image was copied");
    Err(error.hint("run the command again").into())
}

async fn put_documents(to: &dyn Store, images: &ImageKeys, image: &StoredImage, manifest: &[u8]) -> anyhow::Result<()> {
    let _ = to.put_new(&images.layout(), br#"{"imageLayoutVersion":"1.0.0"}"#).await?;
    let _ = to.put_new(&images.blob(&image.config), &image.config_bytes).await?;
    let _ = to.put_new(&images.blob(&image.manifest), manifest).await?;
    Ok(())
}

/// Lets later pushes find the layer. One that is there already leads to the same content, packed by another push.
async fn point(to: &dyn Store, images: &ImageKeys, layer: &Layer) -> anyhow::Result<()> {
    use jetway_common::document::Document as _;
    let _ = to.put_new(&images.layer(&layer.diff_id), &layer.to_bytes()?).await?;
    Ok(())
}

async fn copy_layer(
    from: &dyn Store,
    to: &dyn Store,
    images: &ImageKeys,
    layer: &Layer,
    watch: &Watch<'_>,
) -> anyhow::Result<()> {
    let (key, blob) = (images.upload(&crate::nonce::nonce()), images.blob(&layer.digest));
    let copied = async {
        let (mut upload, mut hasher, mut start) = (to.upload(&key, Some(&blob)).await?, Hasher::default(), 0);
        for length in &layer.frames {
            if watch.stop.is_cancelled() {
                return Err(UserError::failed("interrupted; the image is not complete").into());
            }
            let bytes = from.range(&blob, start, u64::from(*length)).await?;
            start += u64::from(*length);
            hasher.update(&bytes);
            upload.write(bytes).await?;
            watch.step.bytes(start, Some(layer.size));
        }
        let found = hasher.finish();
        if found != layer.digest {
            let message = format!("layer {} in the store is broken: its bytes have digest {found}", layer.digest);
            return Err(UserError::failed(message).into());
        }
        upload.finish().await?;
        to.settle(&key, &blob).await?;
        anyhow::Ok(())
    };
    let outcome = copied.await;
    if outcome.is_err() {
        // What was wrong is told; the lifecycle of the bucket, or a later push, removes what is left.
        let _ = to.abandon(&key).await;
    }
    outcome
}
