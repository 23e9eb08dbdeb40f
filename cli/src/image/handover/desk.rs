//! What both sides of a push share: what the engine is told to send, what it has sent, and whether it came at all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use jetway_common::digest::Digest;
use tokio::sync::Notify;

use crate::image::read::input::Meter;

/// An index has two for each platform at most.
const MOST_MANIFESTS: usize = 32;

/// One push, from its first request to its last.
pub(super) struct Desk {
    tag: String,
    meter: OnceLock<Arc<Meter>>,
    /// Told of every manifest that comes under the tag.
    named: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    was_asked: bool,
    is_pushing: bool,
    is_named: bool,
    wanted: BTreeSet<String>,
    uploads: BTreeSet<String>,
    manifests: Vec<Bytes>,
}

impl Desk {
    /// A push of the image that is called `tag`, which nobody can guess.
    pub(super) fn new(tag: String) -> Self {
        Self { tag, meter: OnceLock::new(), named: Notify::new(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the engine was here: what is 127.0.0.1 to it may be another machine.
    pub(super) fn was_asked(&self) -> bool {
        self.state().was_asked
    }

    /// The tag that the image is pushed under.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// Begins another round: the engine is asked for these blobs, and told of all others that they are here.
    pub(super) fn ask_for(&self, blobs: BTreeSet<String>) {
        let mut state = self.state();
        (state.wanted, state.is_pushing, state.is_named) = (blobs, true, false);
        state.manifests.clear();
    }

    /// The manifests that came in this round.
    pub(super) fn manifests(&self) -> Vec<Bytes> {
        self.state().manifests.clone()
    }

    /// Counts what is received in `meter`, from now on.
    pub(super) fn count_in(&self, meter: &Arc<Meter>) {
        let _ = self.meter.set(Arc::clone(meter));
    }

    pub(super) fn count(&self, bytes: usize) {
        if let Some(meter) = self.meter.get() {
            meter.count(bytes);
        }
    }

    /// Notes that the engine asks for a manifest; whether the push has begun.
    pub(super) fn is_pushing(&self, reference: &str) -> bool {
        let mut state = self.state();
        state.was_asked |= reference == self.tag;
        state.is_pushing
    }

    /// Takes a manifest that comes under the tag or its own digest.
    pub(super) fn take_manifest(&self, reference: &str, digest: &Digest, manifest: Bytes) -> bool {
        let mut state = self.state();
        let is_named = reference == self.tag || reference == digest.as_str();
        let is_taken = is_named && state.manifests.len() < MOST_MANIFESTS;
        if is_taken {
            state.manifests.push(manifest);
        }
        if is_taken && reference == self.tag {
            state.is_named = true;
            self.named.notify_one();
        }
        is_taken
    }

    /// Waits for the manifest under the tag. An engine sends it last, when it has had an answer to all else.
    pub(super) async fn named(&self) {
        while !self.state().is_named {
            self.named.notified().await;
        }
    }

    pub(super) fn wants(&self, digest: &str) -> bool {
        self.state().wanted.contains(digest)
    }

    /// Begins an upload: its name.
    pub(super) fn begin(&self) -> String {
        let upload = crate::nonce::nonce();
        self.state().uploads.insert(upload.clone());
        upload
    }

    pub(super) fn has_begun(&self, upload: &str) -> bool {
        self.state().uploads.contains(upload)
    }

    pub(super) fn arrived(&self, digest: &str) {
        self.state().wanted.remove(digest);
    }
}
