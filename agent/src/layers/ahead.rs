//! First frames that are fetched before the engine asks for them, each handed to the first who reads its layer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jetway_common::digest::Digest;
use tokio::sync::oneshot;

/// Which layers the engine asked for, and what is on its way for those that it will ask for.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Known>);

#[derive(Default)]
struct Known {
    asked: BTreeSet<Digest>,
    coming: HashMap<Digest, oneshot::Receiver<Bytes>>,
}

impl Ahead {
    /// Where the first frame of the layer goes; none if the engine asked for the layer already.
    pub(super) fn expect(&self, diff_id: &Digest) -> Option<oneshot::Sender<Bytes>> {
        let mut known = self.known();
        if known.asked.contains(diff_id) {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        known.coming.insert(diff_id.clone(), receiver);
        Some(sender)
    }

    /// Notes that the engine asks for the layer; its first frame comes this way if somebody fetches it.
    pub(super) fn ask(&self, diff_id: &Digest) -> Option<oneshot::Receiver<Bytes>> {
        let mut known = self.known();
        known.asked.insert(diff_id.clone());
        known.coming.remove(diff_id)
    }

    /// How many layers the engine asked for.
    pub(super) fn asked(&self) -> usize {
        self.known().asked.len()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
