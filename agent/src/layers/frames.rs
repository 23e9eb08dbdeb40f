//! The memory for frames on their way: one block, lent out in equal parts, so that a pull of any size needs no more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use jetway_common::image::FRAME;
use tokio::sync::oneshot;

/// The stored form of a frame that cannot be compressed is a little larger than the frame.
pub(super) const LARGEST: usize = FRAME + FRAME / 128;
/// How many parts there are. An allocator gives one large block back to the system, but keeps many small ones.
const PARTS: usize = 10;
const PARTS_SMALL: usize = 6;
/// Instances with less memory than this make do with fewer parts.
const SMALL: u64 = 1 << 30;

/// Lends out parts of one block of memory: to the lowest layer that waits, and among its frames to the first.
///
/// An engine unpacks layers from the lowest upwards, and begins with one as soon as it has all of it. So while it unpacks one,
/// the next ones come; were all sent side by side, it would wait for most of the image before it began.
pub(super) struct Frames(Mutex<Parts>);

struct Parts {
    free: Vec<BytesMut>,
    waiting: BTreeMap<Turn, Waiter>,
    /// How many waited before.
    waited: u64,
}

/// The position of the layer in its image, and that of the frame among all that waited.
type Turn = (usize, u64);

/// Wants as many parts as there are lengths.
struct Waiter {
    lengths: Vec<usize>,
    answer: oneshot::Sender<Vec<Frame>>,
}

/// One part: it returns when the last reader of its bytes drops it.
pub(super) struct Frame {
    memory: BytesMut,
    length: usize,
    lender: Arc<Frames>,
}

/// The memory for one frame of a layer.
pub(super) struct Lent {
    pub(super) stored: Frame,
    /// For what it opens to, if it is opened.
    pub(super) plain: Option<Frame>,
}

impl Frames {
    /// The block that a pull may use on this machine; what nobody writes to takes no memory.
    pub(super) fn new() -> Arc<Self> {
        use procfs::Current as _;
        let memory = procfs::Meminfo::current().map_or(SMALL, |memory| memory.mem_total);
        Self::of(if memory < SMALL { PARTS_SMALL } else { PARTS })
    }

    pub(super) fn of(parts: usize) -> Arc<Self> {
        let mut block = BytesMut::zeroed(LARGEST * parts);
        let free = (0..parts).map(|_| block.split_to(LARGEST)).collect();
        Arc::new(Self(Mutex::new(Parts { free, waiting: BTreeMap::new(), waited: 0 })))
    }

    /// Frames of these lengths for the layer at this position, as soon as there is room for all of them: two readers that each
    /// hold one part and wait for another would wait for ever.
    pub(super) async fn take<const N: usize>(
        self: &Arc<Self>,
        layer: usize,
        lengths: [usize; N],
    ) -> Option<[Frame; N]> {
        let (answer, frames) = oneshot::channel();
        self.parts().wait(layer, Waiter { lengths: lengths.to_vec(), answer });
        self.lend();
        frames.await.ok()?.try_into().ok()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<(Waiter, Vec<BytesMut>)> {
        self.parts().next()
    }

    /// Serves those that wait, as far as the parts go.
    fn lend(self: &Arc<Self>) {
        while let Some((waiter, memories)) = self.next() {
            let lent = waiter.lengths.iter().zip(memories);
            let lent = lent.map(|(length, memory)| {
                let lender = Arc::clone(self);
                Frame { memory, length: (*length).min(LARGEST), lender }
            });
            // What nobody waits for any more is dropped, and so returns.
            let _ = waiter.answer.send(lent.collect());
        }
    }
}

impl Parts {
    fn wait(&mut self, layer: usize, waiter: Waiter) {
        self.waited += 1;
        self.waiting.insert((layer, self.waited), waiter);
    }

    /// Who is served next, and with what, if there is enough of it.
    fn next(&mut self) -> Option<(Waiter, Vec<BytesMut>)> {
        // Were they served, each would make the next one's turn deeper on the stack.
        self.waiting.retain(|_, waiter| !waiter.answer.is_closed());
        let first = self.waiting.first_entry()?;
        let rest = self.free.len().checked_sub(first.get().lengths.len())?;
        Some((first.remove(), self.free.split_off(rest)))
    }
}

impl Frame {
    /// What it holds, to be written.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length]
    }

    /// What it holds, for whoever reads it.
    pub(super) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        self.lender.parts().free.push(memory);
        self.lender.lend();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_part_is_lent_again_only_after_the_last_of_its_bytes_is_dropped() {
        let frames = Frames::of(2);
        let [mut first, second] = frames.take(0, [3, 5]).await.unwrap();
        first.bytes_mut().copy_from_slice(b"one");
        let bytes = first.freeze();
        let part = bytes.slice(1..);
        drop((bytes, second));
        assert!(frames.take(0, [1]).await.is_some());
        let both = tokio::time::timeout(std::time::Duration::from_secs(1), frames.take(0, [1, 1]));
        assert!(both.await.is_err());
        assert_eq!(&part[..], b"ne");
        drop(part);
        assert!(frames.take(0, [1, 1]).await.is_some());
    }

    #[tokio::test]
    async fn the_lowest_layer_is_served_first_and_who_gave_up_is_passed_over() {
        let frames = Frames::of(2);
        let held = frames.take(2, [1, 1]).await.unwrap();
        let (mut third, mut second, mut given_up, mut first) = (
            Box::pin(frames.take(2, [1, 1])),
            Box::pin(frames.take(1, [1, 1])),
            Box::pin(frames.take(0, [1])),
            Box::pin(frames.take(0, [1, 1])),
        );
        assert!((&mut third).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        assert!((&mut given_up).now_or_never().is_none() && (&mut first).now_or_never().is_none());
        drop((given_up, held));
        assert!((&mut third).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        drop(first.await.unwrap());
        assert!((&mut third).now_or_never().is_none());
        drop(second.await.unwrap());
        assert!(third.await.is_some());
    }
}
