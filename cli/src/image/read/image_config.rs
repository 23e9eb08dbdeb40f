//! The image's configuration, as far as it decides anything here, and the image that was chosen.

use jetway_common::digest::Digest;
use jetway_common::image::MOST_LAYERS;
use serde::Deserialize;

use super::archive::digest_in;
use super::candidate::{Candidate, Place};
use super::contents::{Contents, json};
use super::platform::ImagePlatform;
use crate::image::refusal::{Refusal, shown};

/// The image that an archive or layout holds, with its parts found and their digests compared.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// The configuration, byte for byte.
    pub(crate) config: Vec<u8>,
    pub(crate) platform: ImagePlatform,
    /// The layers, lowest first.
    pub(crate) layers: Vec<Candidate>,
    /// What the archive calls the image.
    pub(crate) names: Vec<String>,
    /// Whether the image says what to run.
    pub(crate) has_command: bool,
}

/// What a manifest names: the configuration and the layers as they are called in the archive, and the image's names.
#[derive(Debug)]
pub(crate) struct Picked {
    pub(crate) config: String,
    pub(crate) layers: Vec<String>,
    pub(crate) names: Vec<String>,
}

/// What is read of a configuration.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an image configuration")]
pub(crate) struct ImageConfig {
    #[serde(flatten)]
    pub(crate) platform: ImagePlatform,
    #[serde(default)]
    rootfs: RootFs,
    #[serde(default)]
    config: Option<Run>,
}

#[derive(Debug, Default, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Option<Vec<Digest>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Run {
    #[serde(default)]
    entrypoint: Option<Vec<String>>,
    #[serde(default)]
    cmd: Option<Vec<String>>,
}

impl ImageConfig {
    /// The configuration of this name, whose digest must be the one that its name says.
    pub(crate) fn find<'a>(contents: &'a Contents, name: &str) -> Result<(Self, &'a [u8]), Refusal> {
        let bytes = contents.named_document(name)?;
        let digest = Digest::of(bytes);
        if digest_in(name).is_some_and(|named| named != digest) {
            return Err(Refusal::WrongName { name: shown(name), found: digest.to_string() });
        }
        let config: Self = json(name, bytes)?;
        if config.platform.os == "windows" {
            return Err(Refusal::Windows);
        }
        if config.platform.os.is_empty() || config.platform.architecture.is_empty() {
            return Err(Refusal::json(name, "it names no `os` and `architecture`"));
        }
        Ok((config, bytes))
    }

    /// The diff-IDs of the layers, lowest first.
    pub(crate) fn diff_ids(&self) -> &[Digest] {
        self.rootfs.diff_ids.as_deref().unwrap_or_default()
    }

    /// Whether it says what to run.
    pub(crate) fn has_command(&self) -> bool {
        let is_set = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        self.config.as_ref().is_some_and(|run| is_set(&run.entrypoint) || is_set(&run.cmd))
    }

    /// Refuses a number of layers that cannot be right.
    pub(crate) fn check_count(&self, layers: usize) -> Result<(), Refusal> {
        let diff_ids = self.diff_ids().len();
        if layers != diff_ids {
            return Err(Refusal::LayerCount { layers, diff_ids });
        }
        match layers {
            0 => Err(Refusal::NoLayers),
            _ if layers > MOST_LAYERS => Err(Refusal::TooManyLayers(layers)),
            _ => Ok(()),
        }
    }
}

/// The named image, once all its layers are found to be what the configuration says.
pub(crate) fn choose(contents: &Contents, picked: Picked, wanted: &ImagePlatform) -> Result<Chosen, Refusal> {
    let Picked { config, layers, names } = picked;
    let (parsed, bytes) = ImageConfig::find(contents, &config)?;
    if !parsed.platform.suits(wanted) {
        return Err(Refusal::WrongPlatform { found: parsed.platform.to_string(), wanted: wanted.to_string() });
    }
    parsed.check_count(layers.len())?;
    let mut found = Vec::with_capacity(layers.len());
    for (name, expected) in layers.iter().zip(parsed.diff_ids()) {
        let layer = contents.layer(name)?;
        if layer.diff_id != *expected {
            let (found, expected) = (layer.diff_id.to_string(), expected.to_string());
            return Err(Refusal::WrongLayer { layer: shown(name), found, expected });
        }
        if matches!(layer.at, Place::Nowhere) {
            return Err(Refusal::WrongName { name: shown(name), found: layer.diff_id.to_string() });
        }
        found.push(layer.clone());
    }
    let has_command = parsed.has_command();
    Ok(Chosen { config: bytes.to_vec(), platform: parsed.platform, layers: found, names, has_command })
}
