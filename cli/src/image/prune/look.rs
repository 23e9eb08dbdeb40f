//! Looks what no release needs, and what of that is old enough to go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::image::Layer;
use jetway_common::layout::ImageKeys;
use jiff::{SignedDuration, Timestamp};

use crate::image::index::{ImageIndex, IndexEntry};
use crate::image::manifest::load;
use crate::platform::Store;

/// What is younger may belong to a push or deploy that is not done yet.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// What nothing needs, and is too young to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Young {
    /// How many images.
    pub images: usize,
    /// How many blobs that belong to no image.
    pub blobs: usize,
    /// When the youngest of all that is old enough.
    pub until: Timestamp,
}

impl Young {
    /// What stays for now; none if that is nothing.
    pub(super) fn of(leaving: &Leaving, unused: &Unused) -> Option<Self> {
        let youngest = *leaving.young.iter().chain(&unused.young).max()?;
        let until = youngest.saturating_add(YOUNG).unwrap_or(Timestamp::MAX);
        Some(Self { images: leaving.young.len(), blobs: unused.young.len(), until })
    }
}

/// Images that are not needed.
pub(super) struct Leaving {
    /// Those that go.
    pub(super) images: Vec<IndexEntry>,
    /// When those were pushed that are too young.
    young: Vec<Timestamp>,
}

/// What stays, by digest.
#[derive(Default)]
pub(super) struct Needed {
    blobs: BTreeSet<Digest>,
    diff_ids: BTreeSet<Digest>,
}

/// What is there and not needed.
pub(super) struct Unused {
    /// The blobs that go, with their sizes in bytes.
    pub(super) blobs: BTreeMap<Digest, u64>,
    /// The layers whose pointers go.
    pub(super) pointers: Vec<Digest>,
    /// When those blobs were used last that are too young.
    young: Vec<Timestamp>,
}

/// Takes those entries out of `entries` that may go.
pub(super) fn leaving(entries: &mut Vec<IndexEntry>, pins: &BTreeSet<Digest>, keep: usize, now: Timestamp) -> Leaving {
    let mut newest: Vec<(Timestamp, Digest)> =
        entries.iter().map(|entry| (entry.pushed_at().unwrap_or(Timestamp::MIN), entry.digest.clone())).collect();
    newest.sort_by(|a, b| b.cmp(a));
    let (mut kept, mut young) = (BTreeSet::new(), Vec::new());
    for (pushed_at, digest) in newest {
        let is_spare = kept.len() >= keep && !kept.contains(&digest);
        let is_young = now.duration_since(pushed_at) < YOUNG;
        if is_spare && is_young && !pins.contains(&digest) {
            young.push(pushed_at);
        }
        if !is_spare || is_young {
            kept.insert(digest);
        }
    }
    let stays = |entry: &IndexEntry| kept.contains(&entry.digest) || pins.contains(&entry.digest);
    let images = entries.iter().filter(|entry| !stays(entry)).cloned().collect();
    entries.retain(stays);
    Leaving { images, young }
}

/// What the images need that stay in `index` or that `pins` name.
pub(super) async fn needed(
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

/// What of the store is not `needed`.
pub(super) async fn unused(
    store: &dyn Store,
    images: &ImageKeys,
    needed: &Needed,
    now: Timestamp,
) -> anyhow::Result<Unused> {
    let is_old = |written_at: Timestamp| now.duration_since(written_at) >= YOUNG;
    let digest = |hex: &str| format!("sha256:{hex}").parse::<Digest>().ok();
    let (mut pointers, mut pointed) = (Vec::new(), BTreeMap::new());
    for entry in store.list(&images.layers()).await? {
        let Some(diff_id) = entry.name.strip_suffix(".json").and_then(digest) else { continue };
        if needed.diff_ids.contains(&diff_id) {
            continue;
        }
        if is_old(entry.written_at) {
            pointers.push(diff_id);
        } else if let Some(object) = store.get(&images.layer(&diff_id)).await? {
            pointed.extend(Layer::from_bytes(&object.bytes).ok().map(|layer| (layer.digest, entry.written_at)));
        }
    }
    let (mut blobs, mut young) = (BTreeMap::new(), Vec::new());
    for entry in store.list(&images.blobs()).await? {
        let Some(blob) = digest(&entry.name).filter(|blob| !needed.blobs.contains(blob)) else { continue };
        let used_at = pointed.get(&blob).map_or(entry.written_at, |pointed_at| entry.written_at.max(*pointed_at));
        if is_old(used_at) {
            blobs.insert(blob, entry.size);
        } else {
            young.push(used_at);
        }
    }
    Ok(Unused { blobs, pointers, young })
}
