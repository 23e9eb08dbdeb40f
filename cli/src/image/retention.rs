//! Which images must stay: those of the releases that can still be gone back to.

use std::collections::BTreeSet;

use anyhow::Context as _;
use jetway_common::digest::Digest;
use jetway_common::layout::ApplicationKeys;
use jetway_common::name::ReleaseName;

use crate::platform::Store;
use crate::releases;

/// The manifests that the live, previous and pending release and the newest `keep` releases pin.
pub(crate) async fn pinned(store: &dyn Store, keys: &ApplicationKeys, keep: usize) -> anyhow::Result<BTreeSet<Digest>> {
    let mut releases: Vec<ReleaseName> = releases::names(store, keys).await?.into_iter().rev().take(keep).collect();
    let current = releases::current(store, keys).await?;
    let pending = current.pending.map(|pending| pending.release);
    releases.extend([current.live, current.previous, pending].into_iter().flatten());
    let mut manifests = BTreeSet::new();
    for release in releases {
        let stored = releases::find(store, keys, release).await?;
        let stored = stored.with_context(|| format!("release {release} has no record, so its images are not known"))?;
        manifests.extend(stored.record.containers.into_values().map(|container| container.image.manifest));
    }
    Ok(manifests)
}
