//! How images stand in the store: an OCI image layout whose layers are zstd files made of independent frames.

use oci_spec::image::{Descriptor, DescriptorBuilder, ImageConfiguration, ImageManifest, MediaType};
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, DigestError};
use crate::document::Document;

/// The uncompressed bytes in every frame but the last, so that frames can be fetched and opened in parallel.
pub const FRAME: usize = 8 * 1024 * 1024;
/// The most layers an image may have; overlay file systems stop there.
pub const MOST_LAYERS: usize = 127;
/// The largest manifest, index or configuration that is read, in bytes.
pub const LARGEST_JSON: usize = 4 * 1024 * 1024;

const DIFF_ID: &str = "jetway.diff-id";
const PLAIN_SIZE: &str = "jetway.plain-size";
const FRAMES: &str = "jetway.frames";

/// Why an image in the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A JSON document of the image is broken.
    #[error("the image's {what} cannot be read: {source}")]
    Json {
        /// Which document.
        what: &'static str,
        /// Why.
        source: oci_spec::OciSpecError,
    },
    /// A digest in a document is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// A layer's descriptor lacks what Jetway writes there.
    #[error("layer {layer} of the image lacks its `{annotation}`: it was not stored by Jetway")]
    Annotation {
        /// The layer's digest.
        layer: String,
        /// What is missing or malformed.
        annotation: &'static str,
    },
    /// The bytes are not those that were pinned.
    #[error("the image's {what} has digest {found}, expected {expected}")]
    Mismatch {
        /// Which document.
        what: &'static str,
        /// The digest of what was read.
        found: Digest,
        /// The digest that was pinned.
        expected: Digest,
    },
    /// Manifest and configuration disagree about the layers.
    #[error("the image's manifest and configuration disagree about its layers")]
    Layers,
}

/// One stored layer: where its bytes are and what they open to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The size of the uncompressed tar, in bytes.
    pub plain_size: u64,
    /// The digest of the stored blob.
    pub digest: Digest,
    /// The size of the stored blob, in bytes.
    pub size: u64,
    /// The stored size of each frame, in order; each opens to [`FRAME`] bytes, the last to what is left.
    pub frames: Vec<u32>,
}

/// The pointer object of a layer carries the layer itself.
impl Document for Layer {
    const KIND: &'static str = "layer pointer";
    const FORMAT: u64 = 1;
}

impl Layer {
    /// The layer as a manifest names it.
    pub fn descriptor(&self) -> Result<Descriptor, ImageError> {
        let frames: Vec<String> = self.frames.iter().map(ToString::to_string).collect();
        let annotations = [
            (DIFF_ID.to_owned(), self.diff_id.to_string()),
            (PLAIN_SIZE.to_owned(), self.plain_size.to_string()),
            (FRAMES.to_owned(), frames.join(",")),
        ];
        let mut descriptor = descriptor(MediaType::ImageLayerZstd, &self.digest, self.size)?;
        descriptor.set_annotations(Some(annotations.into_iter().collect()));
        Ok(descriptor)
    }

    /// The layer that a manifest of Jetway names.
    pub fn from_descriptor(descriptor: &Descriptor) -> Result<Self, ImageError> {
        let diff_id = annotation(descriptor, DIFF_ID)?;
        let plain_size = annotation(descriptor, PLAIN_SIZE)?.parse().map_err(|_| missing(descriptor, PLAIN_SIZE))?;
        let frames: Result<Vec<u32>, _> = annotation(descriptor, FRAMES)?.split(',').map(str::parse).collect();
        let layer = Self {
            diff_id: diff_id.parse()?,
            plain_size,
            digest: descriptor.digest().to_string().parse()?,
            size: descriptor.size(),
            frames: frames.map_err(|_| missing(descriptor, FRAMES))?,
        };
        if layer.frames_fit() { Ok(layer) } else { Err(missing(descriptor, FRAMES)) }
    }

    /// The uncompressed size of the frame with this index.
    pub fn plain_frame(&self, index: usize) -> u64 {
        let start = index as u64 * FRAME as u64;
        self.plain_size.saturating_sub(start).min(FRAME as u64)
    }

    fn frames_fit(&self) -> bool {
        let stored: u64 = self.frames.iter().map(|size| u64::from(*size)).sum();
        let expected = self.plain_size.div_ceil(FRAME as u64).max(1);
        stored == self.size && self.frames.len() as u64 == expected
    }
}

/// An image in the store, with all its parts checked against the pinned digests.
#[derive(Debug, Clone)]
pub struct StoredImage {
    /// The digest of the manifest.
    pub manifest: Digest,
    /// The manifest, byte for byte.
    pub manifest_bytes: Vec<u8>,
    /// The digest of the configuration.
    pub config: Digest,
    /// The configuration, byte for byte.
    pub config_bytes: Vec<u8>,
    /// `os/architecture`.
    pub platform: String,
    /// The layers, lowest first.
    pub layers: Vec<Layer>,
}

impl StoredImage {
    /// Checks a manifest and its configuration; `pinned` is the manifest's digest.
    pub fn new(pinned: &Digest, manifest: &[u8], config_bytes: Vec<u8>) -> Result<Self, ImageError> {
        let parsed = Self::parse_manifest(pinned, manifest)?;
        let config: Digest = parsed.config().digest().to_string().parse()?;
        check("configuration", &config_bytes, &config)?;
        let json = |source| ImageError::Json { what: "configuration", source };
        let configuration = ImageConfiguration::from_reader(&config_bytes[..]).map_err(json)?;
        let layers = parsed.layers().iter().map(Layer::from_descriptor).collect::<Result<Vec<_>, _>>()?;
        let diff_ids = layers.iter().map(|layer| layer.diff_id.as_str());
        if !diff_ids.eq(configuration.rootfs().diff_ids().iter().map(String::as_str)) {
            return Err(ImageError::Layers);
        }
        let platform = format!("{}/{}", configuration.os(), configuration.architecture());
        let (manifest, manifest_bytes) = (pinned.clone(), manifest.to_vec());
        Ok(Self { manifest, manifest_bytes, config, config_bytes, platform, layers })
    }

    /// The digest of the configuration that a manifest names.
    pub fn config_of(pinned: &Digest, manifest: &[u8]) -> Result<Digest, ImageError> {
        Ok(Self::parse_manifest(pinned, manifest)?.config().digest().to_string().parse()?)
    }

    fn parse_manifest(pinned: &Digest, manifest: &[u8]) -> Result<ImageManifest, ImageError> {
        check("manifest", manifest, pinned)?;
        ImageManifest::from_reader(manifest).map_err(|source| ImageError::Json { what: "manifest", source })
    }
}

/// A descriptor without annotations.
pub fn descriptor(media_type: MediaType, digest: &Digest, size: u64) -> Result<Descriptor, ImageError> {
    let json = |source| ImageError::Json { what: "descriptor", source };
    let oci_digest: oci_spec::image::Digest = digest.as_str().parse().map_err(json)?;
    DescriptorBuilder::default().media_type(media_type).digest(oci_digest).size(size).build().map_err(json)
}

fn check(what: &'static str, bytes: &[u8], expected: &Digest) -> Result<(), ImageError> {
    let found = Digest::of(bytes);
    if found == *expected { Ok(()) } else { Err(ImageError::Mismatch { what, found, expected: expected.clone() }) }
}

fn annotation<'a>(descriptor: &'a Descriptor, name: &'static str) -> Result<&'a str, ImageError> {
    let annotations = descriptor.annotations().as_ref();
    annotations.and_then(|all| all.get(name)).map(String::as_str).ok_or_else(|| missing(descriptor, name))
}

fn missing(descriptor: &Descriptor, annotation: &'static str) -> ImageError {
    ImageError::Annotation { layer: descriptor.digest().to_string(), annotation }
}

#[cfg(test)]
mod tests;
