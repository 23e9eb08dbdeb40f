//! Which images must stay: those of the releases that can still be gone back to.

use std::collections::BTreeSet;

use anyhow::Context as _;
use jetway_common::current::Current;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::layout::ApplicationKeys;
use jetway_common::name::ReleaseName;
use jetway_common::release::ReleaseRecord;

use crate::platform::Store;

/// The manifests that the live, previous and pending release and the newest `keep` releases pin.
pub(crate) async fn pinned(store: &dyn Store, keys: &ApplicationKeys, keep: usize) -> anyhow::Result<BTreeSet<Digest>> {
    let mut releases = releases(store, keys).await?;
    releases.sort_by_key(|release| std::cmp::Reverse(release.number()));
    releases.truncate(keep);
    if let Some(object) = store.get(&keys.current()).await? {
        let current = Current::from_bytes(&object.bytes)?;
        releases.extend([current.live, current.previous, current.pending].into_iter().flatten());
    }
    let mut manifests = BTreeSet::new();
    for release in releases {
        let record = store.get(&keys.release(release)).await?;
        let record = record.with_context(|| format!("release {release} has no record, so its images are not known"))?;
        let record = ReleaseRecord::from_bytes(&record.bytes).with_context(|| format!("could not read {release}"))?;
        manifests.extend(record.containers.into_values().map(|container| container.image.manifest));
    }
    Ok(manifests)
}

async fn releases(store: &dyn Store, keys: &ApplicationKeys) -> anyhow::Result<Vec<ReleaseName>> {
    let entries = store.list(&keys.releases()).await?;
    let names = entries.iter().filter_map(|entry| entry.name.strip_suffix(".json"));
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}
