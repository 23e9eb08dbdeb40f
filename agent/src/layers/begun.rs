//! First frames that are fetched before the engine asks for them, each handed to the first who reads its layer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jetway_common::digest::Digest;
use jetway_common::image::Layer;
use tokio::sync::oneshot;

use super::{Fault, Form, Layers};

/// A frame, or why there is none.
type Outcome = Result<Bytes, Fault>;

/// Which layers the engine asked for, and what is on its way for those that it will ask for.
#[derive(Default)]
pub(super) struct Begun(Mutex<Known>);

#[derive(Default)]
struct Known {
    asked: BTreeSet<Digest>,
    coming: HashMap<Digest, oneshot::Receiver<Outcome>>,
}

impl Layers {
    /// Fetches the first frame of a layer that the engine will ask for, unless it has asked: until it does, some 40 ms pass. Each
    /// layer that is begun and never asked for holds up to two parts of the memory, as long as the pull. What goes wrong is told to
    /// whoever reads the layer: fetched once more, the frame would wait for memory that is held by those after it.
    pub async fn begin(self: &Arc<Self>, position: usize, layer: &Layer, form: Form) {
        // For the same reason, it has its memory before anybody waits for it.
        let Ok(lent) = self.memory(position, layer, 0, form).await else { return };
        let Some(reader) = self.begun.expect(&layer.diff_id) else { return };
        let _ = reader.send(Arc::clone(self).fill(Arc::new(layer.clone()), 0, lent).await);
    }
}

impl Begun {
    /// Where the first frame of the layer goes; none if the engine asked for the layer already, or somebody fetches it.
    pub(super) fn expect(&self, diff_id: &Digest) -> Option<oneshot::Sender<Outcome>> {
        let mut known = self.known();
        if known.asked.contains(diff_id) || known.coming.contains_key(diff_id) {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        known.coming.insert(diff_id.clone(), receiver);
        Some(sender)
    }

    /// Notes that the engine asks for the layer; its first frame comes this way if somebody fetches it.
    pub(super) fn ask(&self, diff_id: &Digest) -> Option<oneshot::Receiver<Outcome>> {
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
