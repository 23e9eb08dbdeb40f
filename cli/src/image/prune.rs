//! Removes images that no release needs, and what only they used.
//!
//! A publish may want to reuse a layer at the same time. So nothing goes before the index, as it was looked at, carries the
//! [`Mark`] of this prune: who publishes waits for its end, and what was seen before that counts no more.

mod look;

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use jetway_common::layout::{ApplicationKeys, ImageKeys, ObjectKey};
use jetway_common::lock::LEASE;
use jiff::Timestamp;

pub use self::look::Young;
use self::look::{Leaving, Unused, leaving, needed, unused};
use super::index::{ImageIndex, IndexEntry, TRIES, contended};
use super::manifest::AT_ONCE;
use super::mark::Mark;
use super::publish::Watch;
use super::retention::pinned;
use crate::error::UserError;
use crate::platform::Store;

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
    /// What stays for now although nothing needs it, if there is any.
    pub young: Option<Young>,
}

/// What goes, and the index as it will be then.
struct Plan {
    index: ImageIndex,
    leaving: Leaving,
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
    Ok(Plan { index, leaving, unused })
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.leaving.images.is_empty() && self.unused.blobs.is_empty() && self.unused.pointers.is_empty()
    }

    fn outcome(&self) -> Pruned {
        let blobs = &self.unused.blobs;
        Pruned {
            images: self.leaving.images.clone(),
            kept: self.index.manifests.len(),
            blobs: blobs.len(),
            bytes: blobs.values().sum(),
            young: Young::of(&self.leaving, &self.unused),
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
