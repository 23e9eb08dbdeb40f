//! Reads and writes what the store says of releases: records, and the pointer to the live one.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jetway_common::current::Current;
use jetway_common::digest::Digest;
use jetway_common::document::Document;
use jetway_common::layout::{ApplicationKeys, ObjectKey};
use jetway_common::manifest::Settings;
use jetway_common::name::{ContainerName, ReleaseName};
use jetway_common::release::{ImagePin, ReleaseRecord};
use jiff::Timestamp;

use crate::error::UserError;
use crate::platform::{Store, Version, Written};

/// A release record as it is stored.
#[derive(Debug, Clone)]
pub struct StoredRelease {
    /// The record.
    pub record: ReleaseRecord,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl StoredRelease {
    /// Its images, for the containers of another release with these settings.
    pub fn images(&self, settings: &Settings) -> anyhow::Result<BTreeMap<ContainerName, ImagePin>> {
        let pin = |name: &ContainerName| {
            let (release, container) = (self.record.release, self.record.containers.get(name));
            let missing = || UserError::usage(format!("{release} has no container `{name}` to take the image from"));
            Ok((name.clone(), container.ok_or_else(missing)?.image.clone()))
        };
        settings.containers.keys().map(pin).collect()
    }
}

/// All releases, oldest first.
pub async fn names(store: &dyn Store, keys: &ApplicationKeys) -> anyhow::Result<Vec<ReleaseName>> {
    let entries = store.list(&keys.releases()).await?;
    let mut names: Vec<ReleaseName> =
        entries.iter().filter_map(|entry| entry.name.strip_suffix(".json")?.parse().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// One release, if there is such a one.
pub async fn find(
    store: &dyn Store,
    keys: &ApplicationKeys,
    release: ReleaseName,
) -> anyhow::Result<Option<StoredRelease>> {
    let key = keys.release(release);
    let Some(object) = store.get(&key).await? else { return Ok(None) };
    let record = ReleaseRecord::from_bytes(&object.bytes).with_context(|| format!("`{key}` cannot be used"))?;
    Ok(Some(StoredRelease { record, digest: Digest::of(&object.bytes) }))
}

/// One release, or the sentence that there is none.
pub async fn get(store: &dyn Store, keys: &ApplicationKeys, release: ReleaseName) -> anyhow::Result<StoredRelease> {
    let missing = || {
        let hint = format!("`jetway releases {}` lists them", keys.environment());
        UserError::usage(format!("there is no release {release}")).hint(hint)
    };
    Ok(find(store, keys, release).await?.ok_or_else(missing)?)
}

/// Stores a new release under the next free number, which `make` is told.
pub async fn create(
    store: &dyn Store,
    keys: &ApplicationKeys,
    make: impl Fn(ReleaseName) -> ReleaseRecord,
) -> anyhow::Result<StoredRelease> {
    let mut release = names(store, keys).await?.last().map_or(ReleaseName::FIRST, |last| last.next());
    loop {
        let record = make(release);
        let bytes = record.to_bytes()?;
        match store.put_new(&keys.release(release), &bytes).await? {
            Written::Done => return Ok(StoredRelease { record, digest: Digest::of(&bytes) }),
            Written::Lost => release = release.next(),
        }
    }
}

/// The pointer to the live release; empty if nothing was ever deployed.
pub async fn current(store: &dyn Store, keys: &ApplicationKeys) -> anyhow::Result<Current> {
    Ok(read_current(store, &keys.current()).await?.0)
}

/// Changes the pointer, whatever others change at the same time, and returns it as it then is. `change` may refuse.
pub async fn change_current(
    store: &dyn Store,
    keys: &ApplicationKeys,
    change: impl Fn(&mut Current) -> Result<(), UserError>,
) -> anyhow::Result<Current> {
    let key = keys.current();
    loop {
        let (mut current, version) = read_current(store, &key).await?;
        change(&mut current)?;
        current.updated_at = Timestamp::now();
        let bytes = current.to_bytes()?;
        let written = match version {
            None => store.put_new(&key, &bytes).await?,
            Some(version) => store.replace(&key, &bytes, &version).await?,
        };
        if written == Written::Done {
            return Ok(current);
        }
    }
}

async fn read_current(store: &dyn Store, key: &ObjectKey) -> anyhow::Result<(Current, Option<Version>)> {
    match store.get(key).await? {
        None => {
            let (updated_at, withdrawn) = (Timestamp::now(), BTreeMap::new());
            Ok((Current { live: None, previous: None, pending: None, withdrawn, updated_at }, None))
        }
        Some(object) => {
            let current = Current::from_bytes(&object.bytes).with_context(|| format!("`{key}` cannot be used"))?;
            Ok((current, Some(object.version)))
        }
    }
}
