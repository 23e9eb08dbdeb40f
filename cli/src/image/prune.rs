//! Removes images that no release needs, and what only they used.
//!
//! A publish may want to reuse a layer at the same time. So nothing goes before the index, as it was looked at, carries the
//! [`Mark`] of this prune: who publishes waits for its end, and what was seen before that counts no more.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::layout::{ApplicationKeys, ImageKeys, ObjectKey};
use jetway_common::lock::LEASE;
use jiff::{SignedDuration, Timestamp};

use super::index::{ImageIndex, IndexEntry, TRIES, contended};
use super::manifest::{AT_ONCE, load};
use super::mark::Mark;
use super::publish::Watch;
use super::retention::pinned;
use crate::error::UserError;
use crate::platform::Store;

/// What is younger may belong to a push or deploy that is not done yet.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// What a prune removes, or would remove.
#[derive(Debug, Clone)]
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

/// What goes, and the index as it will be then.
struct Plan {
    index: ImageIndex,
    images: Vec<IndexEntry>,
    unused: Unused,
}

/// Removes all images but those that releases pin, the newest `keep` releases included, and the `keep` that were pushed
/// last. With `dry_run` it only tells what it would do.
pub async fn prune(
    store: &dyn Store,
    images: &ImageKeys,
    environments: &[ApplicationKeys],
    keep: usize,
    dry_run: bool,
    watch: &Watch<'_>,
) -> anyhow::Result<Pruned> {
    for _ in 0..TRIES {
        let index = if dry_run {
            ImageIndex::read(store, images).await?
        } else {
            ImageIndex::settled(store, images, watch).await?
        };
        let plan = plan(store, images, environments, keep, index).await?;
        let pruned = plan.outcome();
        if dry_run || plan.is_empty() {
            return Ok(pruned);
        }
        let Some(mut mark) = Mark::set(store, images, plan.index).await? else { continue };
        let removed = remove(store, images, &plan.unused, &mut mark, watch).await;
        let lifted = mark.lift().await;
        return removed.and(lifted).map(|()| pruned);
    }
    Err(contended(images).into())
}

async fn plan(
    store: &dyn Store,
    images: &ImageKeys,
    environments: &[ApplicationKeys],
    keep: usize,
    mut index: ImageIndex,
) -> anyhow::Result<Plan> {
    let now = Timestamp::now();
    let mut pins = BTreeSet::new();
    for keys in environments {
        pins.extend(pinned(store, keys, keep).await?);
    }
    let leaving = leaving(&mut index.manifests, &pins, keep, now);
    let unused = unused(store, images, &needed(store, images, &index, &pins).await?, now).await?;
    Ok(Plan { index, images: leaving, unused })
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.images.is_empty() && self.unused.blobs.is_empty() && self.unused.pointers.is_empty()
    }

    fn outcome(&self) -> Pruned {
        let blobs = &self.unused.blobs;
        Pruned {
            images: self.images.clone(),
            kept: self.index.manifests.len(),
            blobs: blobs.len(),
            bytes: blobs.values().sum(),
        }
    }
}

/// Removes what is unused, the pointers first: one never leads nowhere for long.
async fn remove(
    store: &dyn Store,
    images: &ImageKeys,
    unused: &Unused,
    mark: &mut Mark<'_>,
    watch: &Watch<'_>,
) -> anyhow::Result<()> {
    let pointers: Vec<ObjectKey> = unused.pointers.iter().map(|diff_id| images.layer(diff_id)).collect();
    let blobs: Vec<ObjectKey> = unused.blobs.keys().map(|digest| images.blob(digest)).collect();
    for keys in pointers.chunks(AT_ONCE).chain(blobs.chunks(AT_ONCE)) {
        if watch.stop.is_cancelled() {
            let error =
                UserError::failed("interrupted; the images left the list, but not all of their layers are removed");
            return Err(error.hint("run the command again").into());
        }
        mark.keep().await?;
        // So it ends long before the mark could count no more.
        let removed =
            tokio::time::timeout(LEASE.duration() / 2, try_join_all(keys.iter().map(|key| store.delete(key))));
        let Ok(removed) = removed.await else {
            let error = UserError::failed("the store took too long to remove layers; the rest stays for now");
            return Err(error.hint("run the command again").into());
        };
        removed?;
    }
    Ok(())
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
