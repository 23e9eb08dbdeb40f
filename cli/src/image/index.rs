//! The index of an application's images: read by everyone, changed only by compare-and-swap.

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::digest::Digest;
use jetway_common::layout::ImageKeys;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::UserError;
use crate::platform::{Store, Version, Written};

const TAG: &str = super::read::oci::REFERENCE;
const PUSHED_AT: &str = "jetway.pushed-at";
const CONFIG: &str = "jetway.config";
const ENGINE_ID: &str = "jetway.engine-id";
/// How often another may be faster before something must be wrong.
const TRIES: u64 = 30;

/// The content of `index.json`. What other programs wrote into it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// The images.
    pub manifests: Vec<IndexEntry>,
    #[serde(flatten)]
    rest: Map<String, Value>,
    /// The content that was read; none if there was no index.
    #[serde(skip)]
    version: Option<Version>,
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
        let media_type = Some("application/vnd.oci.image.index.v1+json".to_owned());
        Self { schema_version: 2, media_type, manifests: Vec::new(), rest: Map::new(), version: None }
    }

    /// The index of an application; empty if it has no images.
    pub async fn read(store: &dyn Store, images: &ImageKeys) -> anyhow::Result<Self> {
        Ok(match store.get(&images.index()).await? {
            Some(object) => Self { version: Some(object.version), ..parse(&object.bytes, images)? },
            None => Self::empty(),
        })
    }

    /// Whether one of the images has this id in a Docker engine.
    pub(crate) fn has_engine_id(&self, id: &str) -> bool {
        self.manifests.iter().any(|entry| entry.has_engine_id(id))
    }

    /// Changes the index, again and again until nobody else changed it meanwhile.
    pub(crate) async fn update(
        store: &dyn Store,
        images: &ImageKeys,
        change: impl Fn(&mut Vec<IndexEntry>) + Send + Sync,
    ) -> anyhow::Result<()> {
        Self::read(store, images).await?.change(store, images, change).await
    }

    /// Changes the index as it was read, and where somebody else changed it meanwhile, as it is now.
    pub(crate) async fn change(
        mut self,
        store: &dyn Store,
        images: &ImageKeys,
        change: impl Fn(&mut Vec<IndexEntry>) + Send + Sync,
    ) -> anyhow::Result<()> {
        let key = images.index();
        for attempt in 0..TRIES {
            let before = self.manifests.clone();
            change(&mut self.manifests);
            if before == self.manifests && self.version.is_some() {
                return Ok(());
            }
            let bytes = serde_json::to_vec_pretty(&self)?;
            let written = match &self.version {
                Some(version) => store.replace(&key, &bytes, version).await?,
                None => store.put_new(&key, &bytes).await?,
            };
            if written == Written::Done {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(attempt * 20)).await;
            self = Self::read(store, images).await?;
        }
        Err(UserError::failed(format!("others changed `{key}` {TRIES} times in a row"))
            .hint("run the command again")
            .into())
    }
}

/// Puts `entry` into the index: its tag is taken from the image that had it, which stays without one.
pub(crate) fn tag(entries: &mut Vec<IndexEntry>, entry: &IndexEntry) {
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
