//! One layer on its way: opened, hashed, cut into frames, each compressed on a thread of its own.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use jetway_common::digest::{Digest, Hasher};
use jetway_common::image::{FRAME, Layer};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::candidate::{Candidate, Place, Pushed};
use super::compression::{self, Compression};
use super::frames::{MOST_FRAMES, Packing, Slot, Slots};
use super::hard_links::{HardLinkScan, begins_like_tar};
use super::input::Meter;
use super::tarball::LARGEST_ARCHIVE;
use crate::image::refusal::{Failure, Refusal};

/// The most that one layer may open to, in bytes.
const LARGEST_LAYER: u64 = 10_000_000_000;
/// What the reader asks of the store's side.
pub(crate) enum Request {
    /// Whether the layer with this diff-ID is stored already.
    Known(Digest, oneshot::Sender<Option<Layer>>),
    /// Store the frames that follow; the number tells uploads apart.
    Upload(usize, mpsc::Receiver<Packing>),
}

/// Takes layers from a reader on a blocking thread.
pub(crate) struct LayerIntake {
    requests: mpsc::Sender<Request>,
    runtime: Handle,
    slots: Slots,
    uploads: usize,
    plain_total: u64,
    stored: BTreeMap<Digest, Layer>,
    pub(crate) meter: Arc<Meter>,
}

impl LayerIntake {
    pub(crate) fn new(requests: mpsc::Sender<Request>, runtime: Handle, meter: Arc<Meter>) -> Self {
        let stored = BTreeMap::new();
        Self { requests, runtime, slots: Slots::new(), uploads: 0, plain_total: 0, stored, meter }
    }

    /// Tells beforehand which layers of the image are stored, so that these are not compressed, whatever they are called.
    pub(crate) fn knowing(self, stored: BTreeMap<Digest, Layer>) -> Self {
        Self { stored, ..self }
    }

    /// Reads one possible layer to its end; none if it is no tar archive. `claimed` is the diff-ID it should have,
    /// `named` the digest that its name says its bytes have, and `size` how many these are.
    pub(crate) fn take(
        &mut self,
        reader: impl Read + Send,
        claimed: Option<&Digest>,
        named: Option<&Digest>,
        size: Option<u64>,
    ) -> Result<Option<Candidate>, Failure> {
        let (mut reader, compression) = compression::open(reader, " of a layer", &self.meter)?;
        let claimed = claimed.or(named.filter(|_| compression.is_none()));
        let size = size.filter(|_| compression.is_none());
        let candidate = self.read(&mut reader, claimed, size)?;
        if candidate.is_none() {
            std::io::copy(&mut reader, &mut std::io::sink())?;
        }
        Ok(candidate)
    }

    /// Reads one possible layer. Of one that is stored, as far as its first frame tells, the rest is left unread. None if it
    /// is no tar archive.
    pub(crate) fn take_new(&mut self, reader: impl Read + Send) -> Result<Option<Pushed>, Failure> {
        let (mut reader, _) = compression::open(reader, " of a layer", &self.meter)?;
        let mut slot = self.slots.take()?;
        let filled = slot.fill(&mut *reader)?;
        if !begins_like_tar(slot.plain()) {
            return Ok(None);
        }
        let mut reading = Reading::new();
        self.take_frame(&mut reading, slot.plain())?;
        if filled < FRAME
            && let Some(layer) = self.stored.get(&reading.hasher.clone().finish())
        {
            return Ok(Some(Pushed::Known(layer.clone())));
        }
        // Docker packs what it pushes, so nothing says how large a layer is before its end.
        if let Some(layer) = self.begin(&mut reading.line, slot, filled, |_| true)? {
            return Ok(Some(Pushed::Known(layer)));
        }
        if filled == FRAME {
            self.read_on(&mut reading, &mut *reader, true)?;
        }
        Ok(Some(Pushed::New(reading.candidate(None))))
    }

    fn read(
        &mut self,
        reader: &mut dyn Read,
        claimed: Option<&Digest>,
        size: Option<u64>,
    ) -> Result<Option<Candidate>, Failure> {
        let mut reading = Reading::new();
        let mut slot = self.slots.take()?;
        let filled = slot.fill(reader)?;
        if !begins_like_tar(slot.plain()) {
            return Ok(None);
        }
        let mut known = self.known(claimed)?;
        self.take_frame(&mut reading, slot.plain())?;
        let is_guess = known.is_none();
        if is_guess {
            let may_be = |layer: &Layer| claimed.is_none() && size == Some(layer.plain_size);
            known = self.begin(&mut reading.line, slot, filled, may_be)?;
        } else {
            drop(slot);
        }
        if filled == FRAME {
            self.read_on(&mut reading, reader, known.is_none())?;
        }
        match reading.candidate(known) {
            Candidate { at: Place::Nowhere, .. } if is_guess => Err(Failure::Mistaken),
            candidate => Ok(Some(candidate)),
        }
    }

    /// Sends the first frame of a layer, unless a stored one that it `may_be` begins with it. A frame of the same bytes has
    /// the same size; few others have it, unless they cannot be compressed.
    fn begin(
        &mut self,
        line: &mut Line,
        slot: Slot,
        filled: usize,
        may_be: impl Fn(&Layer) -> bool,
    ) -> Result<Option<Layer>, Failure> {
        if filled < FRAME || self.stored.is_empty() {
            self.send(line, slot)?;
            return Ok(None);
        }
        let packed = slot.pack()?;
        let size = packed.bytes.len();
        let is_it = |layer: &&Layer| layer.frames.first().is_some_and(|first| *first as usize == size) && may_be(layer);
        let stored = self.stored.values().find(is_it).cloned();
        if stored.is_none() {
            self.send_packed(line, self.runtime.spawn(std::future::ready(Ok(packed))))?;
        }
        Ok(stored)
    }

    /// Reads the frames after the first one, and sends them if they are wanted.
    fn read_on(&mut self, reading: &mut Reading, reader: &mut dyn Read, is_wanted: bool) -> Result<(), Failure> {
        loop {
            let mut slot = self.slots.take()?;
            let filled = slot.fill(reader)?;
            if filled > 0 {
                self.take_frame(reading, slot.plain())?;
                if is_wanted {
                    self.send(&mut reading.line, slot)?;
                }
            }
            if filled < FRAME {
                return Ok(());
            }
        }
    }

    fn take_frame(&mut self, reading: &mut Reading, plain: &[u8]) -> Result<(), Failure> {
        reading.hasher.update(plain);
        reading.scan.take(plain);
        reading.plain_size += plain.len() as u64;
        self.check_size(reading.plain_size, plain.len())
    }

    fn known(&self, claimed: Option<&Digest>) -> Result<Option<Layer>, Failure> {
        let Some(diff_id) = claimed else { return Ok(None) };
        let (answer, wait) = oneshot::channel();
        self.requests.blocking_send(Request::Known(diff_id.clone(), answer)).map_err(|_| Failure::Stopped)?;
        wait.blocking_recv().map_err(|_| Failure::Stopped)
    }

    fn send(&mut self, line: &mut Line, slot: Slot) -> Result<(), Failure> {
        let packing = self.runtime.spawn_blocking(move || slot.pack());
        self.send_packed(line, packing)
    }

    fn send_packed(&mut self, line: &mut Line, packing: Packing) -> Result<(), Failure> {
        if line.upload.is_none() {
            let (sender, receiver) = mpsc::channel(MOST_FRAMES);
            self.requests.blocking_send(Request::Upload(self.uploads, receiver)).map_err(|_| Failure::Stopped)?;
            *line = Line { upload: Some(self.uploads), frames: Some(sender) };
            self.uploads += 1;
        }
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

/// One layer, as far as it has been read.
struct Reading {
    line: Line,
    hasher: Hasher,
    scan: HardLinkScan,
    plain_size: u64,
}

impl Reading {
    fn new() -> Self {
        Self { line: Line::new(), hasher: Hasher::default(), scan: HardLinkScan::new(), plain_size: 0 }
    }

    /// The layer, once all of it has been read; `known` is what it was taken for.
    fn candidate(self, known: Option<Layer>) -> Candidate {
        let diff_id = self.hasher.finish();
        let at = match (known, self.line.upload) {
            (Some(layer), _) if layer.diff_id == diff_id => Place::Store(Box::new(layer)),
            (None, Some(upload)) => Place::Upload(upload),
            _ => Place::Nowhere,
        };
        Candidate { diff_id, plain_size: self.plain_size, at, absolute_link: self.scan.found() }
    }
}

/// Where the frames of one layer go, once there is a first one.
struct Line {
    upload: Option<usize>,
    frames: Option<mpsc::Sender<Packing>>,
}

impl Line {
    fn new() -> Self {
        Self { upload: None, frames: None }
    }
}

/// The kind of compression matters to nobody after this.
pub(crate) fn is_compressed(first: &[u8]) -> bool {
    matches!(compression::detect(first), Ok(Some(Compression::Gzip | Compression::Zstd)))
}
