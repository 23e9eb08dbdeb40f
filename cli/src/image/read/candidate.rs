//! A layer as it was found, and where its bytes are.

use jetway_common::digest::Digest;
use jetway_common::image::Layer;

/// A layer as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) diff_id: Digest,
    pub(crate) plain_size: u64,
    pub(crate) at: Place,
    /// A hard link to an absolute path in it.
    pub(crate) absolute_link: Option<String>,
}

impl Candidate {
    /// A layer that is in the store.
    pub(crate) fn stored(layer: &Layer) -> Self {
        let (diff_id, at) = (layer.diff_id.clone(), Place::Store(Box::new(layer.clone())));
        Self { diff_id, plain_size: layer.plain_size, at, absolute_link: None }
    }
}

/// Where a candidate's bytes are.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In the store since earlier.
    Store(Box<Layer>),
    /// In an upload.
    Upload(usize),
    /// Nowhere: its name promised a stored layer, and its bytes are others.
    Nowhere,
}

/// A layer that the engine pushed.
pub(crate) enum Pushed {
    /// One that the store lacks.
    New(Candidate),
    /// One that is stored.
    Known(Layer),
}
