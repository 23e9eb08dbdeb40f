//! Opens gzip and zstd, and names what cannot be opened.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::input::{Meter, peek};
use crate::image::refusal::{Failure, Refusal, Stop};

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

/// What some first bytes say about the compression.
pub(crate) fn detect(first: &[u8]) -> Result<Option<Compression>, Refusal> {
    let others: [(&[u8], &str); 5] = [
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"PK\x03\x04", "zip"),
        (b"7z\xbc\xaf", "7-zip"),
        (b"\x04\x22\x4d\x18", "lz4"),
    ];
    if first.starts_with(&[0x1f, 0x8b]) {
        return Ok(Some(Compression::Gzip));
    }
    if first.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Ok(Some(Compression::Zstd));
    }
    match others.iter().find(|(magic, _)| first.starts_with(magic)) {
        Some((_, name)) => Err(Refusal::Compression(name)),
        None => Ok(None),
    }
}

/// The plain bytes of `reader`, whose kind of compression is found by its first bytes.
pub(crate) fn open<'a, R: Read + Send + 'a>(
    reader: R,
    what: &str,
    meter: &Arc<Meter>,
) -> Result<(Box<dyn Read + Send + 'a>, Option<Compression>), Failure> {
    let (first, reader) = peek(reader, 8)?;
    let compression = detect(&first)?;
    let opened: Box<dyn Read + Send + 'a> = match compression {
        None => return Ok((Box::new(reader), None)),
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(reader)),
        Some(Compression::Zstd) => Box::new(zstd::stream::read::Decoder::new(reader)?),
    };
    let name = if compression == Some(Compression::Gzip) { "gzip" } else { "zstd" };
    let opened = Opened { inner: opened, what: format!("{name} data{what}"), meter: Arc::clone(meter) };
    Ok((Box::new(opened), compression))
}

/// A decompressor whose errors are in our words, and whose growth is bounded.
struct Opened<R> {
    inner: R,
    what: String,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| translate(error, &self.what))?;
        self.meter.grow(read as u64)?;
        Ok(read)
    }
}

/// Errors of the disk and our own pass through; what is left is what the decompressor thinks of the bytes.
fn translate(error: io::Error, what: &str) -> io::Error {
    let ours = error.get_ref().is_some_and(|inner| inner.is::<Refusal>() || inner.is::<Stop>());
    if ours || error.raw_os_error().is_some() || error.kind() == ErrorKind::Interrupted {
        return error;
    }
    let what = what.to_owned();
    if error.kind() == ErrorKind::UnexpectedEof {
        return Refusal::CompressedCut { what }.into();
    }
    Refusal::CompressedBroken { what, reason: error.to_string() }.into()
}
