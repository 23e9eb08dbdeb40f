//! What a publish came to, and which way the image took.

use std::time::Duration;

use jetway_common::release::ImagePin;
use serde::Serialize;

/// How an image came out of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Not at all: it was in the store.
    Stored,
    /// Docker pushed what the store lacks.
    Push,
    /// Docker saved the whole image.
    Save,
    /// An archive or a layout was read.
    Archive,
}

/// What a publish came to.
#[derive(Debug, Clone)]
pub struct Published {
    /// The image as a release pins it.
    pub pin: ImagePin,
    /// What it is called in the index, if its source gave it a name.
    pub tag: Option<String>,
    /// How many layers it has.
    pub layers: usize,
    /// How many of them were not in the store before.
    pub layers_stored: usize,
    /// How it came here.
    pub way: Way,
    /// What was read from the source, in bytes; 0 if the image was there already.
    pub bytes_read: u64,
    /// What was written into the store for layers, in bytes.
    pub bytes_stored: u64,
    /// What all its layers take in the store, in bytes.
    pub bytes_in_store: u64,
    /// How long it took.
    pub time: Duration,
    /// Whether the image itself says what to run.
    pub has_command: bool,
    /// What the user must know about the image.
    pub warnings: Vec<String>,
}

impl Published {
    pub(super) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }
}
