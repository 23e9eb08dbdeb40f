//! The memory for frames on their way: one block, lent out in equal parts, so that a pull of any size needs no more.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use jetway_common::image::FRAME;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The stored form of a frame that cannot be compressed is a little larger than the frame.
pub(super) const LARGEST: usize = FRAME + FRAME / 128;
/// How many parts there are. An allocator gives one large block back to the system, but keeps many small ones.
const PARTS: u32 = 10;
const PARTS_SMALL: u32 = 6;
/// Instances with less memory than this make do with fewer parts.
const SMALL: u64 = 1 << 30;

/// Lends out parts of one block of memory, first come, first served.
pub(super) struct Frames {
    permits: Arc<Semaphore>,
    free: Mutex<Vec<BytesMut>>,
}

/// One part: it returns when the last reader of its bytes drops it.
pub(super) struct Frame {
    memory: BytesMut,
    length: usize,
    lender: Arc<Frames>,
    _permit: OwnedSemaphorePermit,
}

impl Frames {
    /// The block that a pull may use on this machine; what nobody writes to takes no memory.
    pub(super) fn new() -> Arc<Self> {
        use procfs::Current as _;
        let memory = procfs::Meminfo::current().map_or(SMALL, |memory| memory.mem_total);
        Self::of(if memory < SMALL { PARTS_SMALL } else { PARTS })
    }

    fn of(parts: u32) -> Arc<Self> {
        let mut block = BytesMut::zeroed(LARGEST * parts as usize);
        let free = (0..parts).map(|_| block.split_to(LARGEST)).collect();
        Arc::new(Self { permits: Arc::new(Semaphore::new(parts as usize)), free: Mutex::new(free) })
    }

    /// Frames of these lengths, as soon as there is room for all of them.
    pub(super) async fn take<const N: usize>(self: &Arc<Self>, lengths: [usize; N]) -> Option<[Frame; N]> {
        let count = u32::try_from(N).ok()?;
        // All at once: two readers that each hold one part and wait for another would wait for ever.
        let mut permits = Arc::clone(&self.permits).acquire_many_owned(count).await.ok()?;
        let frames = lengths.map(|length| {
            Some(Frame {
                memory: self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?,
                length: length.min(LARGEST),
                lender: Arc::clone(self),
                _permit: permits.split(1)?,
            })
        });
        let frames: Vec<Frame> = frames.into_iter().collect::<Option<_>>()?;
        frames.try_into().ok()
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
        // The permit goes after this, so whoever gets it finds the part.
        self.lender.free.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.memory));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_part_is_lent_again_only_after_the_last_of_its_bytes_is_dropped() {
        let frames = Frames::of(2);
        let [mut first, second] = frames.take([3, 5]).await.unwrap();
        first.bytes_mut().copy_from_slice(b"one");
        let bytes = first.freeze();
        let part = bytes.slice(1..);
        drop((bytes, second));
        assert!(frames.take([1]).await.is_some());
        let both = tokio::time::timeout(std::time::Duration::from_secs(1), frames.take([1, 1]));
        assert!(both.await.is_err());
        assert_eq!(&part[..], b"ne");
        drop(part);
        assert!(frames.take([1, 1]).await.is_some());
    }
}
