//! The index of an application's images: read by everyone, changed only by compare-and-swap.

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::digest::Digest;
use jetway_common::layout::ImageKeys;
use jetway_common::lock::Lock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::publish::Watch;
use crate::error::UserError;
use crate::platform::{Store, Version, Written};

const TAG: &str = super::read::oci::REFERENCE;
const PUSHED_AT: &str = "jetway.pushed-at";
const CONFIG: &str = "jetway.config";
const ENGINE_ID: &str = "jetway.engine-id";
const PRUNING: &str = "jetway.pruning";
const PRUNED: &str = "jetway.pruned";
/// How often another may be faster before something must be wrong.
pub(super) const TRIES: u64 = 30;
/// How often is looked whether a prune has ended.
const POLL: Duration = Duration::from_millis(500);

/// The content of `index.json`. What other programs wrote into it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// The images.
    pub manifests: Vec<IndexEntry>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
    /// The content that was read; none if there was no index.
    #[serde(skip)]
    version: Option<Version>,
    /// How long ago it was written, by the store's own clock.
    #[serde(skip)]
    age: Duration,
}

/// One image in the index. An image with two tags stands there twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexEntry {
    media_type: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The size of its manifest.
    pub size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl IndexEntry {
    /// An image that is pushed now.
    pub(crate) fn new(digest: Digest, size: u64, config: &Digest, platform: Value, now: Timestamp) -> Self {
        let annotations = [(PUSHED_AT, now.to_string()), (CONFIG, config.to_string())];
        Self {
            media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
            digest,
            size,
            annotations: annotations.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            rest: [("platform".to_owned(), platform)].into_iter().collect(),
        }
    }

    /// What people call the image, if it has a tag.
    pub fn tag(&self) -> Option<&str> {
        self.annotations.get(TAG).map(String::as_str)
    }

    /// When it was pushed last.
    pub fn pushed_at(&self) -> Option<Timestamp> {
        self.annotations.get(PUSHED_AT)?.parse().ok()
    }

    /// Whether the image has this id in a Docker engine: the configuration's digest, or what the engine was seen to use.
    pub(crate) fn has_engine_id(&self, id: &str) -> bool {
        [CONFIG, ENGINE_ID].iter().any(|key| self.annotations.get(*key).is_some_and(|value| value == id))
    }

    pub(crate) fn with_engine_id(mut self, id: Option<&str>) -> Self {
        self.annotations.extend(id.map(|id| (ENGINE_ID.to_owned(), id.to_owned())));
        self
    }

    pub(crate) fn with_tag(mut self, tag: Option<&str>) -> Self {
        self.annotations.remove(TAG);
        self.annotations.extend(tag.map(|tag| (TAG.to_owned(), tag.to_owned())));
        self
    }

    pub(crate) fn pushed(mut self, now: Timestamp) -> Self {
        self.annotations.insert(PUSHED_AT.to_owned(), now.to_string());
        self
    }
}

impl ImageIndex {
    fn empty() -> Self {
        Self {
            schema_version: 2,
            media_type: Some("application/vnd.oci.image.index.v1+json".to_owned()),
            manifests: Vec::new(),
            annotations: BTreeMap::new(),
            rest: Map::new(),
            version: None,
            age: Duration::ZERO,
        }
    }

    /// The index of an application; empty if it has no images.
    pub async fn read(store: &dyn Store, images: &ImageKeys) -> anyhow::Result<Self> {
        Ok(match store.get(&images.index()).await? {
            Some(object) => Self { version: Some(object.version), age: object.age, ..parse(&object.bytes, images)? },
            None => Self::empty(),
        })
    }

    /// The index once no prune is under way. What is seen in the store from then on stays until another prune has changed
    /// the index.
    pub(crate) async fn settled(store: &dyn Store, images: &ImageKeys, watch: &Watch<'_>) -> anyhow::Result<Self> {
        loop {
            let index = Self::read(store, images).await?;
            // A prune that was killed renews nothing any more.
            if !index.annotations.contains_key(PRUNING) || Lock::is_expired(index.age) {
                return Ok(index);
            }
            watch.step.note("waits for a prune of the images to end");
            if watch.stop.run_until_cancelled(tokio::time::sleep(POLL)).await.is_none() {
                return Err(UserError::failed("interrupted while a prune of the images was under way").into());
            }
        }
    }

    /// Whether one of the images has this id in a Docker engine.
    pub(crate) fn has_engine_id(&self, id: &str) -> bool {
        self.manifests.iter().any(|entry| entry.has_engine_id(id))
    }

    /// Puts `entry` into the index as it was read. Where that was changed meanwhile, perhaps by a prune, `is_whole` says
    /// first whether all of the image is still stored; if it is not, nothing is changed and the answer is no.
    pub(crate) async fn add(
        mut self,
        store: &dyn Store,
        images: &ImageKeys,
        watch: &Watch<'_>,
        entry: &IndexEntry,
        is_whole: impl AsyncFn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<bool> {
        for attempt in 0..TRIES {
            tag(&mut self.manifests, entry);
            self.annotations.remove(PRUNING);
            if self.write(store, images).await? == Written::Done {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(attempt * 20)).await;
            self = Self::settled(store, images, watch).await?;
            if !is_whole().await? {
                return Ok(false);
            }
        }
        Err(contended(images).into())
    }

    /// Says in it that the prune with this name is under way.
    pub(super) fn begin_prune(&mut self, name: &str) {
        self.annotations.insert(PRUNING.to_owned(), name.to_owned());
    }

    /// Says in it that the prune with this name was there: so it is not as anybody read it before.
    pub(super) fn end_prune(&mut self, name: &str) {
        self.annotations.remove(PRUNING);
        self.annotations.insert(PRUNED.to_owned(), name.to_owned());
    }

    /// Writes it, unless it is not as it was read any more.
    pub(super) async fn write(&self, store: &dyn Store, images: &ImageKeys) -> anyhow::Result<Written> {
        let (key, bytes) = (images.index(), serde_json::to_vec_pretty(self)?);
        Ok(match &self.version {
            Some(version) => store.replace(&key, &bytes, version).await?,
            None => store.put_new(&key, &bytes).await?,
        })
    }

    /// Whether it says that the prune with this name is under way.
    pub(super) fn is_pruned_by(&self, name: &str) -> bool {
        self.annotations.get(PRUNING).is_some_and(|pruning| pruning == name)
    }
}

/// Others were faster, again and again.
pub(super) fn contended(images: &ImageKeys) -> UserError {
    let message = format!("others changed `{}` {TRIES} times in a row", images.index());
    UserError::failed(message).hint("run the command again")
}

/// Puts `entry` into the index: its tag is taken from the image that had it, which stays without one.
fn tag(entries: &mut Vec<IndexEntry>, entry: &IndexEntry) {
    let is_same =
        |other: &IndexEntry| other.digest == entry.digest && (other.tag() == entry.tag() || other.tag().is_none());
    entries.retain(|other| !is_same(other));
    for other in entries.iter_mut().filter(|other| other.tag().is_some() && other.tag() == entry.tag()) {
        *other = other.clone().with_tag(None);
    }
    let is_needless = |other: &IndexEntry, all: &[IndexEntry]| {
        other.tag().is_none() && all.iter().any(|third| third.digest == other.digest && third.tag().is_some())
    };
    let all = entries.clone();
    entries.retain(|other| !is_needless(other, &all));
    let has_other_tag = entries.iter().any(|other| other.digest == entry.digest);
    if entry.tag().is_some() || !has_other_tag {
        entries.push(entry.clone());
    }
}

fn parse(bytes: &[u8], images: &ImageKeys) -> anyhow::Result<ImageIndex> {
    serde_json::from_slice(bytes)
        .map_err(|error| UserError::failed(format!("`{}` in the store cannot be read: {error}", images.index())).into())
}
