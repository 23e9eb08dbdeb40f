//! Finds a stored image by what people call it: a release, a tag, or the beginning of a digest.

use std::collections::BTreeMap;

use jetway_common::digest::Digest;
use jetway_common::layout::{ApplicationKeys, ImageKeys};
use jetway_common::name::ReleaseName;

use super::index::ImageIndex;
use super::refusal::shown;
use crate::error::UserError;
use crate::platform::Store;

/// The fewest digits of a digest that mean one.
const FEWEST_DIGITS: usize = 7;

/// An image that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The digest of its manifest.
    pub digest: Digest,
    /// What it is called, if it is called anything.
    pub tag: Option<String>,
}

/// The image that `text` means: a release such as `v12`, else a tag, else the beginning of a manifest's digest.
pub async fn find(store: &dyn Store, images: &ImageKeys, keys: &ApplicationKeys, text: &str) -> anyhow::Result<Found> {
    if let Ok(release) = text.parse::<ReleaseName>() {
        return of_release(store, keys, release).await;
    }
    let latest = format!("{text}:latest");
    let index = ImageIndex::read(store, images).await?;
    let found = |entry: &super::IndexEntry| Found { digest: entry.digest.clone(), tag: entry.tag().map(str::to_owned) };
    if let Some(entry) =
        index.manifests.iter().find(|entry| entry.tag().is_some_and(|tag| tag == text || tag == latest))
    {
        return Ok(found(entry));
    }
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let is_digest = digits.len() >= FEWEST_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let matching = index.manifests.iter().filter(|entry| is_digest && entry.digest.hex().starts_with(digits));
    let matching: BTreeMap<&Digest, _> = matching.map(|entry| (&entry.digest, entry)).collect();
    if matching.len() > 1 {
        let error = UserError::usage(format!("`{text}` is the beginning of more than one digest"));
        return Err(error.hint("give more digits").into());
    }
    matching.values().next().map(|entry| found(entry)).ok_or_else(|| {
        let message = format!("there is no image `{}` in the store", shown(text));
        let is_short = !is_digest && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let list = format!("`jetway image list --environment {}` shows", keys.environment());
        let hint = if is_short {
            format!("of a digest, give 7 digits or more; {list} them")
        } else {
            format!("{list} what there is")
        };
        UserError::usage(message).hint(hint).into()
    })
}

async fn of_release(store: &dyn Store, keys: &ApplicationKeys, release: ReleaseName) -> anyhow::Result<Found> {
    let record = crate::releases::get(store, keys, release).await?.record;
    let pins = record.containers.values().map(|container| (&container.image.manifest, &container.image));
    let pins: Vec<_> = pins.collect::<BTreeMap<_, _>>().into_values().collect();
    match pins.as_slice() {
        [pin] => Ok(Found { digest: pin.manifest.clone(), tag: Some(pin.reference.clone()) }),
        pins => {
            let names: Vec<String> = pins.iter().map(|pin| format!("sha256:{}", pin.manifest.short())).collect();
            let message = format!("release {release} has {} images: {}", names.len(), names.join(", "));
            Err(UserError::usage(message).hint("name one by its digest").into())
        }
    }
}
