//! Reads an archive as a stream: small files are kept, everything that is a tar archive may be a layer.

use std::io::Read;

use jetway_common::digest::Digest;

use super::compression;
use super::contents::{ALL_DOCUMENTS, Contents, LARGEST_DOCUMENT};
use super::hard_links::begins_like_tar;
use super::input::{Counted, peek};
use super::layer::{LayerIntake, is_compressed};
use super::tarball::{Entry, Kind, Tarball};
use crate::image::refusal::{Failure, Refusal};

/// Everything in the archive. Its layers are on their way to the store when this returns.
pub(crate) fn read(reader: impl Read + Send, intake: &mut LayerIntake) -> Result<Contents, Failure> {
    let (first, reader) = peek(Counted::new(reader, intake.meter.clone()), 512)?;
    if first.is_empty() {
        return Err(Refusal::Empty.into());
    }
    let (plain, compression) = compression::open(reader, "", &intake.meter)?;
    let (first, plain) = peek(plain, 512)?;
    if first.is_empty() && compression.is_some() {
        return Err(Refusal::Empty.into());
    }
    check_begin(&first)?;
    let mut tarball = Tarball::new(plain);
    let mut reading = Reading { contents: Contents::default(), documents: 0, intake };
    while let Some(entry) = tarball.next()? {
        reading.take(&entry, &mut tarball)?;
    }
    tarball.finish()?;
    Ok(reading.contents)
}

struct Reading<'a> {
    contents: Contents,
    documents: u64,
    intake: &'a mut LayerIntake,
}

impl Reading<'_> {
    fn take<R: Read + Send>(&mut self, entry: &Entry, content: &mut Tarball<R>) -> Result<(), Failure> {
        if entry.kind == Kind::Folder {
            return Ok(());
        }
        if self.contents.has(&entry.name) {
            return Err(Refusal::entry(&entry.name, "is there twice").into());
        }
        match &entry.kind {
            Kind::Link(target) => self.take_link(&entry.name, target).map_err(Failure::from),
            _ => self.take_file(entry, content),
        }
    }

    /// Old archives share a layer between two images by a link from one `layer.tar` to another; no other link is known.
    fn take_link(&mut self, name: &str, target: &str) -> Result<(), Refusal> {
        let resolved = resolve(name, target)
            .ok_or_else(|| Refusal::entry(name, format!("is a link that leads out of the archive, to `{target}`")))?;
        let is_legacy = name.split_once('/').is_some_and(|(_, file)| file == "layer.tar");
        if !is_legacy || resolved.strip_suffix(".tar").is_none() {
            return Err(Refusal::entry(name, "is a symbolic link; only files and folders belong there"));
        }
        self.contents.links.insert(name.to_owned(), resolved);
        Ok(())
    }

    fn take_file<R: Read + Send>(&mut self, entry: &Entry, content: &mut Tarball<R>) -> Result<(), Failure> {
        let (first, mut content) = peek(content, 512)?;
        let name = entry.name.clone();
        if is_layer(&first) {
            let named = digest_in(&name);
            match self.intake.take(content, None, named.as_ref(), Some(entry.size))? {
                Some(layer) => drop(self.contents.layers.insert(name, layer)),
                None => drop(self.contents.others.insert(name, "what is compressed in it is none".to_owned())),
            }
        } else if entry.size > LARGEST_DOCUMENT {
            let reason = format!("it begins with {}", hex(&first));
            let reason = if is_text(&first) { format!("it has more than {LARGEST_DOCUMENT} bytes") } else { reason };
            self.contents.others.insert(name, reason);
        } else {
            self.documents += entry.size;
            if self.documents > ALL_DOCUMENTS {
                let what = "the text in the archive".to_owned();
                return Err(Refusal::TooLarge { what, limit: ALL_DOCUMENTS }.into());
            }
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            self.contents.documents.insert(name, bytes);
        }
        Ok(())
    }
}

/// Whether what begins like this may be a layer.
pub(crate) fn is_layer(first: &[u8]) -> bool {
    is_compressed(first) || begins_like_tar(first)
}

/// What the first bytes of the plain archive say, if it is none.
fn check_begin(first: &[u8]) -> Result<(), Refusal> {
    if begins_like_tar(first) {
        return Ok(());
    }
    if compression::detect(first)?.is_some() {
        return Err(Refusal::NotTar("a second compression".to_owned()));
    }
    let text = String::from_utf8_lossy(first).trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        return Err(Refusal::LooksLike("HTML"));
    }
    if text.starts_with('<') {
        return Err(Refusal::LooksLike("XML"));
    }
    if text.starts_with('{') {
        return Err(Refusal::LooksLike("JSON"));
    }
    if first.len() < 512 && is_header_start(first) {
        return Err(Refusal::TruncatedHeader("its first header".to_owned()));
    }
    Err(Refusal::NotTar(hex(first)))
}

/// A piece of a first header: a name that is padded with zeros.
fn is_header_start(first: &[u8]) -> bool {
    let name = first.split(|byte| *byte == 0).next().unwrap_or_default();
    !name.is_empty()
        && name.len() < 100
        && first.len() > 100
        && is_text(name)
        && first[name.len()..100].iter().all(|b| *b == 0)
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

/// Where a link leads, from the root of the archive; none if that is outside.
fn resolve(name: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The digest that a file name carries: `blobs/sha256/<digits>`, `<digits>.tar`, `<digits>.json` or `sha256:<digits>`.
pub(crate) fn digest_in(name: &str) -> Option<Digest> {
    let file = name.rsplit('/').next()?;
    let stem = file.split('.').next()?;
    let digits = stem.strip_prefix("sha256:").unwrap_or(stem);
    format!("sha256:{digits}").parse().ok()
}
