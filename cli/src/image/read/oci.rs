//! The image that the index.json of an OCI layout names, in an archive or a folder.

use std::collections::{BTreeMap, BTreeSet};

use jetway_common::digest::Digest;
use serde::Deserialize;

use super::contents::json;
use super::image_config::{ImageConfig, Picked};
use super::platform::ImagePlatform;
use crate::image::refusal::{Refusal, shown};

pub(crate) const INDEX: &str = "index.json";
/// Where the reference of an image stands in an index.
pub(crate) const REFERENCE: &str = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME: &str = "io.containerd.image.name";
const ATTESTATION: &str = "vnd.docker.reference.type";
/// An index may name indexes; no tool nests deeper than this.
const DEEPEST: usize = 4;
const MOST_MANIFESTS: usize = 1000;

/// Reads a document of the layout by its path.
pub(crate) trait Documents {
    /// The document, or why it cannot be had; none if it is not there.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal>;
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a descriptor")]
struct Item {
    #[serde(default)]
    media_type: String,
    digest: Digest,
    #[serde(default)]
    platform: Option<ImagePlatform>,
    #[serde(default)]
    urls: Option<Vec<String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an image index")]
struct Index {
    #[serde(default)]
    manifests: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an image manifest")]
struct Manifest {
    config: Option<Item>,
    #[serde(default)]
    layers: Option<Vec<Item>>,
}

#[derive(Debug)]
struct Leaf {
    digest: Digest,
    platform: ImagePlatform,
    manifest: Manifest,
    names: BTreeSet<String>,
}

/// The one image for `wanted`.
pub(crate) fn find(documents: &dyn Documents, wanted: &ImagePlatform) -> Result<Picked, Refusal> {
    let bytes = documents.read(INDEX)?.ok_or(Refusal::NoManifest)?;
    let mut walk = Walk { documents, seen: BTreeSet::new(), leaves: Vec::new() };
    walk.index(INDEX, &bytes, &BTreeSet::new(), 0)?;
    let leaves = walk.leaves;
    if leaves.is_empty() {
        return Err(Refusal::NoImage(INDEX));
    }
    let mut suitable: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.platform.suits(wanted)).collect();
    match (suitable.pop(), suitable.len()) {
        (Some(leaf), 0) => picked(leaf),
        (Some(leaf), others) => {
            let names: Vec<String> = suitable.into_iter().chain([leaf]).map(name_of).take(10).collect();
            Err(Refusal::ManyImages { count: others + 1, names: names.join(", ") })
        }
        (None, _) => Err(wrong_platform(&leaves, wanted)),
    }
}

/// What is on the way through nested indexes.
struct Walk<'a> {
    documents: &'a dyn Documents,
    seen: BTreeSet<Digest>,
    leaves: Vec<Leaf>,
}

impl Walk<'_> {
    fn index(&mut self, name: &str, bytes: &[u8], outer: &BTreeSet<String>, depth: usize) -> Result<(), Refusal> {
        let index: Index = json(name, bytes)?;
        for (item, names) in by_digest(index.manifests.unwrap_or_default(), outer) {
            // An index that is named again and again must not be read again and again.
            if !self.seen.insert(item.digest.clone()) {
                continue;
            }
            if depth > DEEPEST || self.seen.len() > MOST_MANIFESTS {
                return Err(Refusal::json(name, "it names too many manifests"));
            }
            let place = blob(&item.digest);
            // Layouts often leave out the parts for other platforms, and still name them.
            let Some(content) = self.documents.read(&place)? else { continue };
            check_name(&place, &content, &item.digest)?;
            if item.media_type.contains("index") || item.media_type.contains("manifest.list") {
                self.index(&place, &content, &names, depth + 1)?;
            } else if let Some(leaf) = leaf(self.documents, &item, &place, &content, names)? {
                self.leaves.push(leaf);
            }
        }
        Ok(())
    }
}

/// One item for each digest, with all the names that it has: an image with two tags is named twice.
fn by_digest(items: Vec<Item>, outer: &BTreeSet<String>) -> Vec<(Item, BTreeSet<String>)> {
    let mut grouped: Vec<(Item, BTreeSet<String>)> = Vec::new();
    let mut places = BTreeMap::new();
    for item in items.into_iter().filter(|item| !item.is_attestation()) {
        let place = *places.entry(item.digest.clone()).or_insert_with(|| {
            grouped.push((item.clone(), outer.clone()));
            grouped.len() - 1
        });
        grouped[place].1.extend(item.name());
    }
    grouped
}

fn leaf(
    documents: &dyn Documents,
    item: &Item,
    place: &str,
    content: &[u8],
    names: BTreeSet<String>,
) -> Result<Option<Leaf>, Refusal> {
    if item.media_type.contains("docker.distribution.manifest.v1") {
        return Err(Refusal::Schema1);
    }
    let manifest: Manifest = json(place, content)?;
    let Some(config) = &manifest.config else { return Err(Refusal::Schema1) };
    // Signatures and other artifacts stand beside images, with configurations of their own kind.
    if !config.media_type.is_empty() && !is_image_config(&config.media_type) {
        return Ok(None);
    }
    let config = blob(&config.digest);
    let platform = match &item.platform {
        Some(platform) if !platform.os.is_empty() => platform.clone(),
        _ => {
            let bytes = documents.read(&config)?.ok_or_else(|| Refusal::Missing(shown(&config)))?;
            json::<ImageConfig>(&config, &bytes)?.platform
        }
    };
    Ok(Some(Leaf { digest: item.digest.clone(), platform, manifest, names }))
}

fn picked(leaf: &Leaf) -> Result<Picked, Refusal> {
    let layers = leaf.manifest.layers.as_deref().unwrap_or_default();
    let is_foreign = |layer: &&Item| {
        let media_type = &layer.media_type;
        media_type.contains("foreign")
            || media_type.contains("nondistributable")
            || layer.urls.as_ref().is_some_and(|urls| !urls.is_empty())
    };
    if let Some(foreign) = layers.iter().find(is_foreign) {
        return Err(Refusal::ForeignLayer(foreign.digest.to_string()));
    }
    let config = leaf.manifest.config.as_ref().ok_or(Refusal::Schema1)?;
    Ok(Picked {
        config: blob(&config.digest),
        layers: layers.iter().map(|layer| blob(&layer.digest)).collect(),
        names: leaf.names.iter().cloned().collect(),
    })
}

impl Item {
    fn is_attestation(&self) -> bool {
        let annotated = self.annotations.as_ref().is_some_and(|all| all.contains_key(ATTESTATION));
        annotated || self.platform.as_ref().is_some_and(ImagePlatform::is_unknown)
    }

    fn name(&self) -> Option<String> {
        let annotations = self.annotations.as_ref()?;
        annotations.get(CONTAINERD_NAME).or_else(|| annotations.get(REFERENCE)).cloned()
    }
}

fn is_image_config(media_type: &str) -> bool {
    media_type.contains("image.config") || media_type.contains("container.image.v1")
}

fn check_name(place: &str, content: &[u8], digest: &Digest) -> Result<(), Refusal> {
    let found = Digest::of(content);
    if found == *digest { Ok(()) } else { Err(Refusal::WrongName { name: shown(place), found: found.to_string() }) }
}

fn wrong_platform(leaves: &[Leaf], wanted: &ImagePlatform) -> Refusal {
    if leaves.iter().all(|leaf| leaf.platform.os == "windows") {
        return Refusal::Windows;
    }
    let found: BTreeSet<String> = leaves.iter().map(|leaf| leaf.platform.to_string()).collect();
    let found: Vec<String> = found.into_iter().collect();
    let (found, is_one, wanted) = (found.join(", "), found.len() == 1, wanted.to_string());
    if is_one { Refusal::WrongPlatform { found, wanted } } else { Refusal::NoPlatform { found, wanted } }
}

fn name_of(leaf: &Leaf) -> String {
    shown(leaf.names.first().map_or(leaf.digest.as_str(), String::as_str))
}

/// Where a layout keeps a blob.
pub(crate) fn blob(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}
