//! Where the bytes of an image come from, counted as they pass.

use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

use crate::image::refusal::{Failure, Refusal, Stop};

/// How much an image may grow when it is opened; the best that gzip can do with real files is far below.
const MOST_GROWTH: u64 = 200;
/// Small images may grow more: a few files of zeros are no bomb.
const ALWAYS_ALLOWED: u64 = 64 * 1024 * 1024;

/// What all readers of one image share.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    raw: AtomicU64,
    grown: AtomicU64,
    stopped: AtomicBool,
}

impl Meter {
    /// The bytes read from the source so far.
    pub(crate) fn raw(&self) -> u64 {
        self.raw.load(Ordering::Relaxed)
    }

    /// Takes note of `bytes` that came from the source.
    pub(crate) fn count(&self, bytes: usize) {
        self.raw.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Makes the next read fail.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Takes note of `bytes` that came out of a decompressor.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Refusal> {
        let grown = self.grown.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let limit = self.raw().saturating_mul(MOST_GROWTH).max(ALWAYS_ALLOWED);
        if grown > limit { Err(Refusal::Bomb { ratio: MOST_GROWTH }) } else { Ok(()) }
    }
}

/// Counts what is read from the source, and ends when the meter is stopped.
pub(crate) struct Counted<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R> Counted<R> {
    pub(crate) fn new(inner: R, meter: Arc<Meter>) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other(Stop));
        }
        let read = self.inner.read(buffer)?;
        self.meter.count(read);
        Ok(read)
    }
}

/// Reads what an asynchronous sender provides.
pub(crate) struct ChannelReader {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl ChannelReader {
    pub(crate) fn new(receiver: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        Self { receiver, current: Bytes::new() }
    }
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(next) => self.current = next?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// A file that must stay as it is while it is read.
pub(crate) struct SteadyFile {
    file: File,
    before: Metadata,
}

impl SteadyFile {
    /// Opens a regular file. Anything else could block or never end.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let kind = std::fs::metadata(path).map_err(Failure::Unreadable)?;
        if !kind.is_file() {
            return Err(Refusal::NotAFile.into());
        }
        let file = File::open(path).map_err(Failure::Unreadable)?;
        let before = file.metadata().map_err(Failure::Unreadable)?;
        Ok(Self { file, before })
    }

    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.before.len()
    }

    /// A handle to tell later whether the file changed.
    pub(crate) fn witness(&self) -> Result<Self, Failure> {
        let file = self.file.try_clone().map_err(Failure::Unreadable)?;
        Ok(Self { file, before: self.before.clone() })
    }

    /// Fails if the file is no longer as it was when it was opened.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let after = self.file.metadata().map_err(Failure::Unreadable)?;
        if after.len() != self.before.len() {
            return Err(Refusal::Changed("its size is another").into());
        }
        let time = |metadata: &Metadata| (metadata.mtime(), metadata.mtime_nsec());
        if time(&after) == time(&self.before) { Ok(()) } else { Err(Refusal::Changed("it was written to").into()) }
    }
}

impl Read for SteadyFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

/// The first bytes of a reader, and a reader that begins with them.
pub(crate) type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// Looks at up to `length` first bytes.
pub(crate) fn peek<R: Read>(mut reader: R, length: usize) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut first = vec![0; length];
    let filled = fill(&mut reader, &mut first)?;
    first.truncate(filled);
    Ok((first.clone(), Read::chain(Cursor::new(first), reader)))
}

/// Fills `buffer` as far as the reader goes; fewer bytes mean that it has ended.
pub(crate) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
