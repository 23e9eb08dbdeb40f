//! Removes images that no release needs, and what only they used.
//!
//! A push may want to reuse a layer at the same time. So the order is: the index first, then the pointers that a push
//! looks for, then the index is read again, and only then do blobs go that it still does not name. A push reads its
//! pointers once more after it changed the index; it sees that they are gone, or the second look here sees its image.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::layout::{ApplicationKeys, ImageKeys};
use jiff::{SignedDuration, Timestamp};

use super::index::{ImageIndex, IndexEntry};
use super::manifest::load;
use super::retention::pinned;
use crate::platform::Store;

/// What is younger may belong to a push or deploy that is not done yet.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// What a prune removes, or would remove.
#[derive(Debug, Clone, Default)]
pub struct Pruned {
    /// The images that leave the index.
    pub images: Vec<IndexEntry>,
    /// How many images stay.
    pub kept: usize,
    /// How many blobs go: manifests, configurations and layers.
    pub blobs: usize,
    /// What they take in the store, in bytes.
    pub bytes: u64,
}

/// What stays, by digest.
#[derive(Default)]
struct Needed {
    blobs: BTreeSet<Digest>,
    diff_ids: BTreeSet<Digest>,
}

/// What is there and not needed, with its size.
struct Unused {
    blobs: BTreeMap<Digest, u64>,
    pointers: Vec<Digest>,
}

/// Removes all images but those that releases pin, the newest `keep` releases included, and the `keep` that were pushed
/// last. With `dry_run` it only tells what it would do.
pub async fn prune(
    store: &dyn Store,
    images: &ImageKeys,
    environments: &[ApplicationKeys],
    keep: usize,
    dry_run: bool,
) -> anyhow::Result<Pruned> {
    let now = Timestamp::now();
    let mut pins = BTreeSet::new();
    for keys in environments {
        pins.extend(pinned(store, keys, keep).await?);
    }
    let mut index = ImageIndex::read(store, images).await?;
    let leaving = leaving(&mut index.manifests, &pins, keep, now);
    let unused = unused(store, images, &needed(store, images, &index, &pins).await?, now).await?;
    let mut pruned = Pruned { images: leaving, kept: index.manifests.len(), ..Pruned::default() };
    if dry_run {
        (pruned.blobs, pruned.bytes) = (unused.blobs.len(), unused.blobs.values().sum());
        return Ok(pruned);
    }
    if !pruned.images.is_empty() {
        let leaving = &pruned.images;
        ImageIndex::update(store, images, |entries| entries.retain(|entry| !leaving.contains(entry))).await?;
    }
    for diff_id in &unused.pointers {
        store.delete(&images.layer(diff_id)).await?;
    }
    let index = ImageIndex::read(store, images).await?;
    let needed = needed(store, images, &index, &pins).await?;
    for (digest, size) in unused.blobs.iter().filter(|(digest, _)| !needed.blobs.contains(digest)) {
        store.delete(&images.blob(digest)).await?;
        pruned.blobs += 1;
        pruned.bytes += size;
    }
    Ok(pruned)
}

/// Takes those entries out of `entries` that may go.
fn leaving(entries: &mut Vec<IndexEntry>, pins: &BTreeSet<Digest>, keep: usize, now: Timestamp) -> Vec<IndexEntry> {
    let mut newest: Vec<(Timestamp, Digest)> =
        entries.iter().map(|entry| (entry.pushed_at().unwrap_or(Timestamp::MIN), entry.digest.clone())).collect();
    newest.sort_by(|a, b| b.cmp(a));
    let mut kept = BTreeSet::new();
    for (pushed_at, digest) in newest {
        if kept.len() < keep || now.duration_since(pushed_at) < YOUNG {
            kept.insert(digest);
        }
    }
    let stays = |entry: &IndexEntry| kept.contains(&entry.digest) || pins.contains(&entry.digest);
    let leaving = entries.iter().filter(|entry| !stays(entry)).cloned().collect();
    entries.retain(stays);
    leaving
}

async fn needed(
    store: &dyn Store,
    images: &ImageKeys,
    index: &ImageIndex,
    pins: &BTreeSet<Digest>,
) -> anyhow::Result<Needed> {
    let mut needed = Needed::default();
    let listed: BTreeSet<&Digest> = index.manifests.iter().map(|entry| &entry.digest).collect();
    for digest in listed.into_iter().chain(pins) {
        // What cannot be read may need anything: then nothing is removed.
        let image = load(store, images, digest).await?;
        let image = image
            .with_context(|| format!("image sha256:{} is not in the store, so nothing is removed", digest.short()))?;
        needed.blobs.extend([image.manifest, image.config]);
        for layer in image.layers {
            needed.blobs.insert(layer.digest);
            needed.diff_ids.insert(layer.diff_id);
        }
    }
    Ok(needed)
}

async fn unused(store: &dyn Store, images: &ImageKeys, needed: &Needed, now: Timestamp) -> anyhow::Result<Unused> {
    let is_old = |written_at: Timestamp| now.duration_since(written_at) >= YOUNG;
    let digest = |hex: &str| format!("sha256:{hex}").parse::<Digest>().ok();
    let mut pointers = Vec::new();
    let mut young_layers = BTreeSet::new();
    for entry in store.list(&images.layers()).await? {
        let Some(diff_id) = entry.name.strip_suffix(".json").and_then(digest) else { continue };
        if needed.diff_ids.contains(&diff_id) {
            continue;
        }
        if is_old(entry.written_at) {
            pointers.push(diff_id);
        } else if let Some(object) = store.get(&images.layer(&diff_id)).await? {
            young_layers.extend(jetway_common::image::Layer::from_bytes(&object.bytes).ok().map(|layer| layer.digest));
        }
    }
    let blobs = store.list(&images.blobs()).await?.into_iter().filter(|entry| is_old(entry.written_at));
    let blobs = blobs.filter_map(|entry| Some((digest(&entry.name)?, entry.size)));
    let is_unused = |blob: &Digest| !needed.blobs.contains(blob) && !young_layers.contains(blob);
    Ok(Unused { blobs: blobs.filter(|(blob, _)| is_unused(blob)).collect(), pointers })
}
