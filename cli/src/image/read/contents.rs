//! What an archive turned out to hold, before anything decides what is wanted of it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::candidate::Candidate;
use super::docker_archive;
use super::image_config::{Chosen, choose};
use super::oci::{self, Documents};
use super::platform::ImagePlatform;
use crate::image::refusal::{Refusal, shown};

/// The largest document that is kept, in bytes.
pub(crate) const LARGEST_DOCUMENT: u64 = 1024 * 1024;
/// The most that all documents may take together.
pub(crate) const ALL_DOCUMENTS: u64 = 64 * 1024 * 1024;

/// What was found, by name.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Small files that can be JSON, as they are.
    pub(crate) documents: BTreeMap<String, Vec<u8>>,
    /// Files that are a tar archive.
    pub(crate) layers: BTreeMap<String, Candidate>,
    /// Links between legacy layers: name and target, both from the root of the archive.
    pub(crate) links: BTreeMap<String, String>,
    /// Other files, and why they are nothing else.
    pub(crate) others: BTreeMap<String, String>,
}

impl Contents {
    /// Whether there is anything of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let Self { documents, layers, links, others } = self;
        documents.contains_key(name)
            || layers.contains_key(name)
            || links.contains_key(name)
            || others.contains_key(name)
    }

    /// A document, if the archive has it.
    pub(crate) fn document(&self, name: &str) -> Option<&[u8]> {
        self.documents.get(name).map(Vec::as_slice)
    }

    /// A document that something else names.
    pub(crate) fn named_document(&self, name: &str) -> Result<&[u8], Refusal> {
        if let Some(reason) = self.others.get(name) {
            return Err(Refusal::json(name, reason));
        }
        self.document(name).ok_or_else(|| Refusal::Missing(shown(name)))
    }

    /// The layer of this name, through links between legacy layers.
    pub(crate) fn layer(&self, name: &str) -> Result<&Candidate, Refusal> {
        let mut place = name;
        for _ in 0..=self.links.len() {
            if let Some(layer) = self.layers.get(place) {
                return Ok(layer);
            }
            match self.links.get(place) {
                Some(target) => place = target,
                None => break,
            }
        }
        let name = shown(name);
        if let Some(document) = self.documents.get(place) {
            let problem = if document.is_empty() { "it is empty" } else { "it is a text" };
            return Err(Refusal::BadLayer { name, problem: problem.to_owned() });
        }
        match self.others.get(place) {
            Some(problem) => Err(Refusal::BadLayer { name, problem: problem.clone() }),
            None => Err(Refusal::MissingLayer(name)),
        }
    }
}

impl Documents for Contents {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        if self.has(name) { self.named_document(name).map(|bytes| Some(bytes.to_vec())) } else { Ok(None) }
    }
}

/// The image that the archive holds for `wanted`.
pub(crate) fn image(contents: &Contents, wanted: &ImagePlatform) -> Result<Chosen, Refusal> {
    if !contents.has(docker_archive::MANIFEST) {
        return choose(contents, oci::find(contents, wanted)?, wanted);
    }
    let chosen = choose(contents, docker_archive::find(contents)?, wanted);
    match chosen {
        // Docker's own list names one platform; the index beside it may have the wanted one.
        Err(Refusal::WrongPlatform { .. }) if contents.has(oci::INDEX) => {
            choose(contents, oci::find(contents, wanted)?, wanted)
        }
        chosen => chosen,
    }
}

/// A document as JSON, with the place of a problem.
pub(crate) fn json<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::json(name, error))
}
