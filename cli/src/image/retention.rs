//! Which images must stay: those of the releases that can still be gone back to.

use std::collections::BTreeSet;

use jetway_common::digest::Digest;
use jetway_common::layout::ApplicationKeys;

use crate::platform::Store;
use crate::releases;

/// The manifests that the live, previous and pending release and the newest `keep` releases pin.
pub(crate) async fn pinned(store: &dyn Store, keys: &ApplicationKeys, keep: usize) -> anyhow::Result<BTreeSet<Digest>> {
    let current = releases::current(store, keys).await?;
    let pending = current.pending.map(|pending| pending.release);
    let newest = releases::names(store, keys).await?.into_iter().rev().take(keep);
    let mut manifests = BTreeSet::new();
    for release in newest.chain([current.live, current.previous, pending].into_iter().flatten()) {
        let record = releases::get(store, keys, release).await?.record;
        manifests.extend(record.containers.into_values().map(|container| container.image.manifest));
    }
    Ok(manifests)
}
