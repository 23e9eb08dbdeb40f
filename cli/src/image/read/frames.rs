//! Frames of layers in memory: how many there may be, filled one by one, each compressed on a thread of its own.

use std::io::Read;

use bytes::Bytes;
use jetway_common::image::FRAME;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::input::fill;
use crate::image::refusal::Failure;

/// Level 3 is the fastest that is still smaller than gzip -6.
const LEVEL: i32 = 3;
/// Two more than there are cores: one is being filled and one written.
const SPARE_FRAMES: usize = 2;
/// Each frame in flight takes up to twice its size; many cores must not mean many gigabytes.
pub(super) const MOST_FRAMES: usize = 18;

/// A frame that is being compressed.
pub(crate) type Packing = JoinHandle<std::io::Result<Packed>>;

/// A compressed frame. What holds it also holds its slot, so frames that wait to be written count as in flight.
pub(crate) struct Packed {
    pub(crate) bytes: Bytes,
    _slot: Slot,
}

/// The memory of one frame and what compresses it; it goes back when it is dropped.
pub(super) struct Slot {
    memory: Option<Box<Memory>>,
    home: mpsc::UnboundedSender<Box<Memory>>,
}

struct Memory {
    plain: Vec<u8>,
    filled: usize,
    compressor: zstd::bulk::Compressor<'static>,
}

impl Slot {
    /// Fills the frame as far as the reader goes; fewer bytes than a frame has mean that it has ended.
    pub(super) fn fill(&mut self, reader: &mut dyn Read) -> std::io::Result<usize> {
        let Some(memory) = &mut self.memory else { return Ok(0) };
        let mut reader = reader;
        memory.filled = fill(&mut reader, &mut memory.plain)?;
        Ok(memory.filled)
    }

    /// What it was filled with.
    pub(super) fn plain(&self) -> &[u8] {
        self.memory.as_ref().map(|memory| &memory.plain[..memory.filled]).unwrap_or_default()
    }

    /// Compresses it.
    pub(super) fn pack(mut self) -> std::io::Result<Packed> {
        let Some(memory) = &mut self.memory else { return Err(std::io::ErrorKind::Other.into()) };
        let bytes = memory.compressor.compress(&memory.plain[..memory.filled])?;
        Ok(Packed { bytes: bytes.into(), _slot: self })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            let _ = self.home.send(memory);
        }
    }
}

/// Bounds the memory of a whole publish.
pub(super) struct Slots {
    made: usize,
    most: usize,
    home: mpsc::UnboundedSender<Box<Memory>>,
    returned: mpsc::UnboundedReceiver<Box<Memory>>,
}

impl Slots {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (home, returned) = mpsc::unbounded_channel();
        Self { made: 0, most: (cores + SPARE_FRAMES).min(MOST_FRAMES), home, returned }
    }

    /// Room for one more frame, as soon as there is some.
    pub(super) fn take(&mut self) -> Result<Slot, Failure> {
        let memory = match self.returned.try_recv() {
            Ok(memory) => Some(memory),
            Err(_) if self.made < self.most => {
                self.made += 1;
                let compressor = zstd::bulk::Compressor::new(LEVEL)?;
                Some(Box::new(Memory { plain: vec![0; FRAME], filled: 0, compressor }))
            }
            Err(_) => self.returned.blocking_recv(),
        };
        Ok(Slot { memory: Some(memory.ok_or(Failure::Stopped)?), home: self.home.clone() })
    }
}
