//! A tar archive as a stream of entries. It is stricter than any tar program: what is ambiguous is refused.

use std::io::{self, Read};

use tar::Header;

use super::input::fill;
use super::pax::Extended;
use crate::image::refusal::{Failure, Refusal, shown};

const BLOCK: usize = 512;
/// No image has more top-level entries: each layer brings three.
const MOST_ENTRIES: u64 = 100_000;
const LONGEST_NAME: usize = 4096;
const LARGEST_EXTENSION: u64 = 64 * 1024;
/// The most that an archive may hold, in bytes.
pub(crate) const LARGEST_ARCHIVE: u64 = 20_000_000_000;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A symbolic link to this target, as written.
    Link(String),
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its name, relative and without `.` and `..`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
}

/// Reads entries; reading from it reads the content of the entry that came last.
pub(crate) struct Tarball<R> {
    input: R,
    entries: u64,
    total: u64,
    name: String,
    size: u64,
    left: u64,
    padding: usize,
}

impl<R: Read> Tarball<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, entries: 0, total: 0, name: String::new(), size: 0, left: 0, padding: 0 }
    }

    /// The next entry; none at the end of the archive.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let mut extended = Extended::default();
        loop {
            io::copy(self, &mut io::sink())?;
            let mut block = [0; BLOCK];
            fill(&mut self.input, &mut block[..self.padding])?;
            let filled = fill(&mut self.input, &mut block)?;
            if filled == 0 || block[..filled].iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if filled < BLOCK {
                return Err(Refusal::TruncatedHeader(self.place()).into());
            }
            let header = Header::from_byte_slice(&block);
            self.begin(header, &extended)?;
            if !self.extend(header, &mut extended)? {
                return self.entry(header, &extended).map(Some).map_err(|refusal| self.name_it(refusal).into());
            }
        }
    }

    /// Reads to the end of the input, so that checksums are verified and whoever writes to us can end.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let rest = io::copy(&mut (&mut self.input).take(LARGEST_ARCHIVE), &mut io::sink())?;
        if rest < LARGEST_ARCHIVE { Ok(()) } else { Err(too_large().into()) }
    }

    fn begin(&mut self, header: &Header, extended: &Extended) -> Result<(), Failure> {
        let bad = |archive: &Self| Refusal::BadHeader(archive.place());
        if !has_valid_checksum(header.as_bytes()) {
            return Err(bad(self).into());
        }
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(Refusal::TooManyEntries(MOST_ENTRIES).into());
        }
        let size = header.entry_size().map_err(|_| bad(self))?;
        let is_extension = is_extension(header.as_old().linkflag[0]);
        let size = if is_extension { Ok(size) } else { extended.size(size) };
        let name = extended.name.clone().unwrap_or_else(|| header.path_bytes().into_owned());
        self.name = shown(&String::from_utf8_lossy(&name));
        self.size = size.map_err(|refusal| self.name_it(refusal))?;
        self.left = self.size;
        self.padding = usize::try_from(self.size.wrapping_neg() % BLOCK as u64).unwrap_or_default();
        self.total = self.total.saturating_add(self.size);
        if self.total > LARGEST_ARCHIVE { Err(too_large().into()) } else { Ok(()) }
    }

    /// Whether the header only says more about the next one.
    fn extend(&mut self, header: &Header, extended: &mut Extended) -> Result<bool, Failure> {
        let kind = header.as_old().linkflag[0];
        if !is_extension(kind) {
            return Ok(false);
        }
        if self.size > LARGEST_EXTENSION {
            return Err(Refusal::entry(&self.name, "has an extended header that is too large").into());
        }
        let mut body = Vec::new();
        self.read_to_end(&mut body)?;
        let taken = match kind {
            b'L' => Extended::take_long(&mut extended.name, &body),
            b'K' => Extended::take_long(&mut extended.link, &body),
            _ => extended.take_pax(&body, kind == b'g'),
        };
        taken.map_err(|refusal| self.name_it(refusal))?;
        Ok(true)
    }

    fn entry(&self, header: &Header, extended: &Extended) -> Result<Entry, Refusal> {
        let name = extended.name.clone().unwrap_or_else(|| header.path_bytes().into_owned());
        let is_folder = name.ends_with(b"/");
        let name = clean_name(name)?;
        let kind = match header.as_old().linkflag[0] {
            b'5' => Kind::Folder,
            0 if is_folder => Kind::Folder,
            0 | b'0' | b'7' => Kind::File,
            b'2' => Kind::Link(link_target(header, extended)?),
            b'1' => return Err(Refusal::entry("", "is a hard link; only files and folders belong there")),
            b'3' | b'4' => return Err(Refusal::entry("", "is a device; only files and folders belong there")),
            b'6' => return Err(Refusal::entry("", "is a named pipe; only files and folders belong there")),
            b'S' => return Err(Refusal::entry("", "is a sparse file; only plain files belong there")),
            other => return Err(Refusal::entry("", format!("is of the unknown type {:?}", char::from(other)))),
        };
        if kind == Kind::File && header.mode().is_ok_and(|mode| mode & 0o6000 != 0) {
            return Err(Refusal::entry("", "is setuid or setgid; only plain files belong there"));
        }
        if kind != Kind::File && self.size != 0 {
            return Err(Refusal::entry("", "is no file and has content"));
        }
        Ok(Entry { name, kind, size: self.size })
    }

    fn name_it(&self, refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::Entry { entry, problem } if entry.is_empty() => {
                Refusal::Entry { entry: self.name.clone(), problem }
            }
            other => other,
        }
    }

    fn place(&self) -> String {
        if self.entries == 0 {
            "its first header".to_owned()
        } else {
            format!("the header that follows entry `{}`", self.name)
        }
    }
}

impl<R: Read> Read for Tarball<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        // Some decompressors take a read of nothing for an error.
        if most == 0 {
            return Ok(0);
        }
        let read = self.input.read(&mut buffer[..most])?;
        if read == 0 {
            let present = self.size - self.left;
            return Err(Refusal::Truncated { entry: self.name.clone(), needed: self.size, present }.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Whether this block can be the header of an entry.
pub(crate) fn has_valid_checksum(block: &[u8; BLOCK]) -> bool {
    let field = 148..156;
    let sum: u32 =
        block.iter().enumerate().map(|(i, byte)| if field.contains(&i) { 32 } else { u32::from(*byte) }).sum();
    Header::from_byte_slice(block).cksum().is_ok_and(|expected| expected == sum)
}

fn is_extension(kind: u8) -> bool {
    matches!(kind, b'x' | b'g' | b'L' | b'K')
}

fn link_target(header: &Header, extended: &Extended) -> Result<String, Refusal> {
    let target = extended.link.clone().or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
    String::from_utf8(target.unwrap_or_default())
        .map_err(|_| Refusal::entry("", "is a link to a name that is not UTF-8"))
}

/// The name without `./` and `/` at its ends; names that lead elsewhere are refused.
fn clean_name(name: Vec<u8>) -> Result<String, Refusal> {
    if name.len() > LONGEST_NAME {
        return Err(Refusal::entry("", format!("has a name of {} bytes, more than {LONGEST_NAME}", name.len())));
    }
    let name = String::from_utf8(name).map_err(|_| Refusal::entry("", "has a name that is not UTF-8"))?;
    if name.starts_with('/') {
        return Err(Refusal::entry("", "has an absolute name"));
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(Refusal::entry("", "leads out of the archive"));
    }
    if name.contains('\0') { Err(Refusal::entry("", "has a name with a zero byte")) } else { Ok(parts.join("/")) }
}

fn too_large() -> Refusal {
    Refusal::TooLarge { what: "the archive".to_owned(), limit: LARGEST_ARCHIVE }
}
