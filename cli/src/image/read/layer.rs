//! One layer on its way: opened, hashed, cut into frames, each compressed on a thread of its own.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use jetway_common::digest::{Digest, Hasher};
use jetway_common::image::{FRAME, Layer};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::compression::{self, Compression};
use super::hard_links::{HardLinkScan, begins_like_tar};
use super::input::{Meter, fill};
use super::tarball::LARGEST_ARCHIVE;
use crate::image::refusal::{Failure, Refusal};

/// The most that one layer may open to, in bytes.
const LARGEST_LAYER: u64 = 10_000_000_000;
/// Level 3 is the fastest that is still smaller than gzip -6.
const LEVEL: i32 = 3;
/// Two more than there are cores: one is being filled and one written.
const SPARE_FRAMES: usize = 2;
/// Each frame in flight takes up to twice its size; many cores must not mean many gigabytes.
const MOST_FRAMES: usize = 18;

/// What the reader asks of the store's side.
pub(crate) enum Request {
    /// Whether the layer with this diff-ID is stored already.
    Known(Digest, oneshot::Sender<Option<Layer>>),
    /// Store the frames that follow; the number tells uploads apart.
    Upload(usize, mpsc::Receiver<JoinHandle<std::io::Result<Packed>>>),
}

/// A compressed frame. What holds it also holds its slot, so frames that wait to be written count as in flight.
pub(crate) struct Packed {
    pub(crate) bytes: Bytes,
    _slot: Slot,
}

/// A layer as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) diff_id: Digest,
    pub(crate) plain_size: u64,
    pub(crate) at: Place,
    /// A hard link to an absolute path in it.
    pub(crate) absolute_link: Option<String>,
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

/// Takes layers from a reader on a blocking thread.
pub(crate) struct LayerIntake {
    requests: mpsc::Sender<Request>,
    runtime: Handle,
    slots: Slots,
    uploads: usize,
    plain_total: u64,
    pub(crate) meter: Arc<Meter>,
}

impl LayerIntake {
    pub(crate) fn new(requests: mpsc::Sender<Request>, runtime: Handle, meter: Arc<Meter>) -> Self {
        Self { requests, runtime, slots: Slots::new(), uploads: 0, plain_total: 0, meter }
    }

    /// Reads one possible layer to its end; none if it is no tar archive. `claimed` is the diff-ID it should have,
    /// and `named` the digest that its name says its bytes have.
    pub(crate) fn take(
        &mut self,
        reader: impl Read + Send,
        claimed: Option<&Digest>,
        named: Option<&Digest>,
    ) -> Result<Option<Candidate>, Failure> {
        let (mut reader, compression) = compression::open(reader, " of a layer", &self.meter)?;
        let claimed = claimed.or(named.filter(|_| compression.is_none()));
        let candidate = self.read(&mut reader, claimed)?;
        if candidate.is_none() {
            std::io::copy(&mut reader, &mut std::io::sink())?;
        }
        Ok(candidate)
    }

    fn read(&mut self, reader: &mut dyn Read, claimed: Option<&Digest>) -> Result<Option<Candidate>, Failure> {
        let mut line = Line::new();
        let mut known = None;
        let (mut hasher, mut scan, mut plain_size) = (Hasher::default(), HardLinkScan::new(), 0);
        loop {
            let mut slot = self.slots.take()?;
            let filled = slot.fill(reader)?;
            if plain_size == 0 {
                if !begins_like_tar(slot.plain()) {
                    return Ok(None);
                }
                known = self.known(claimed)?;
            } else if filled == 0 {
                break;
            }
            hasher.update(slot.plain());
            scan.take(slot.plain());
            plain_size += filled as u64;
            self.check_size(plain_size, filled)?;
            if known.is_none() {
                self.send(&mut line, slot)?;
            }
            if filled < FRAME {
                break;
            }
        }
        let diff_id = hasher.finish();
        let at = match (known, line.upload) {
            (Some(layer), _) if layer.diff_id == diff_id => Place::Store(Box::new(layer)),
            (None, Some(upload)) => Place::Upload(upload),
            _ => Place::Nowhere,
        };
        Ok(Some(Candidate { diff_id, plain_size, at, absolute_link: scan.found() }))
    }

    fn known(&self, claimed: Option<&Digest>) -> Result<Option<Layer>, Failure> {
        let Some(diff_id) = claimed else { return Ok(None) };
        let (answer, wait) = oneshot::channel();
        self.requests.blocking_send(Request::Known(diff_id.clone(), answer)).map_err(|_| Failure::Stopped)?;
        wait.blocking_recv().map_err(|_| Failure::Stopped)
    }

    fn send(&mut self, line: &mut Line, slot: Slot) -> Result<(), Failure> {
        if line.upload.is_none() {
            let (sender, receiver) = mpsc::channel(MOST_FRAMES);
            self.requests.blocking_send(Request::Upload(self.uploads, receiver)).map_err(|_| Failure::Stopped)?;
            *line = Line { upload: Some(self.uploads), frames: Some(sender) };
            self.uploads += 1;
        }
        let packing = self.runtime.spawn_blocking(move || slot.pack());
        let frames = line.frames.as_ref().ok_or(Failure::Stopped)?;
        frames.blocking_send(packing).map_err(|_| Failure::Stopped)
    }

    fn check_size(&mut self, layer: u64, added: usize) -> Result<(), Failure> {
        self.plain_total += added as u64;
        if layer > LARGEST_LAYER {
            return Err(Refusal::TooLarge { what: "a layer".to_owned(), limit: LARGEST_LAYER }.into());
        }
        if self.plain_total > LARGEST_ARCHIVE {
            return Err(Refusal::TooLarge { what: "the image".to_owned(), limit: LARGEST_ARCHIVE }.into());
        }
        Ok(())
    }
}

/// Where the frames of one layer go, once there is a first one.
struct Line {
    upload: Option<usize>,
    frames: Option<mpsc::Sender<JoinHandle<std::io::Result<Packed>>>>,
}

impl Line {
    fn new() -> Self {
        Self { upload: None, frames: None }
    }
}

/// The memory of one frame and what compresses it; it goes back when it is dropped.
struct Slot {
    memory: Option<Box<Memory>>,
    home: mpsc::UnboundedSender<Box<Memory>>,
}

struct Memory {
    plain: Vec<u8>,
    filled: usize,
    compressor: zstd::bulk::Compressor<'static>,
}

impl Slot {
    fn fill(&mut self, reader: &mut dyn Read) -> std::io::Result<usize> {
        let Some(memory) = &mut self.memory else { return Ok(0) };
        let mut reader = reader;
        memory.filled = fill(&mut reader, &mut memory.plain)?;
        Ok(memory.filled)
    }

    fn plain(&self) -> &[u8] {
        self.memory.as_ref().map(|memory| &memory.plain[..memory.filled]).unwrap_or_default()
    }

    fn pack(mut self) -> std::io::Result<Packed> {
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
struct Slots {
    made: usize,
    most: usize,
    home: mpsc::UnboundedSender<Box<Memory>>,
    returned: mpsc::UnboundedReceiver<Box<Memory>>,
}

impl Slots {
    fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (home, returned) = mpsc::unbounded_channel();
        Self { made: 0, most: (cores + SPARE_FRAMES).min(MOST_FRAMES), home, returned }
    }

    fn take(&mut self) -> Result<Slot, Failure> {
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

/// The kind of compression matters to nobody after this.
pub(crate) fn is_compressed(first: &[u8]) -> bool {
    matches!(compression::detect(first), Ok(Some(Compression::Gzip | Compression::Zstd)))
}
