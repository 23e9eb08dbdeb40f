//! Looks through a layer's tar headers as they stream by, for hard links to absolute paths.
//!
//! Kaniko writes such links, and Docker 29.7 and later refuse them (moby/go-archive#99).

use tar::Header;

use super::tarball::has_valid_checksum;

const BLOCK: usize = 512;

/// The scan of one layer.
pub(crate) struct HardLinkScan {
    block: [u8; BLOCK],
    filled: usize,
    skip: u64,
    ended: bool,
    found: Option<String>,
}

impl HardLinkScan {
    pub(crate) fn new() -> Self {
        Self { block: [0; BLOCK], filled: 0, skip: 0, ended: false, found: None }
    }

    /// The first hard link to an absolute path, if there was one.
    pub(crate) fn found(self) -> Option<String> {
        self.found
    }

    /// Takes the next bytes of the layer.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.ended {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= skipped as u64;
            bytes = &bytes[skipped..];
            let wanted = (BLOCK - self.filled).min(bytes.len());
            self.block[self.filled..self.filled + wanted].copy_from_slice(&bytes[..wanted]);
            self.filled += wanted;
            bytes = &bytes[wanted..];
            if self.filled == BLOCK {
                self.filled = 0;
                self.read_header();
            }
        }
    }

    /// What this scan does not understand ends it: it only warns, and the layer's digest is what counts.
    fn read_header(&mut self) {
        let header = Header::from_byte_slice(&self.block);
        let size = header.entry_size().ok().filter(|_| has_valid_checksum(&self.block));
        let kind = header.as_old().linkflag[0];
        let Some(size) = size.filter(|_| kind != b'S') else {
            self.ended = true;
            return;
        };
        if kind == b'1' {
            let target = header.link_name_bytes().unwrap_or_default();
            if target.starts_with(b"/") {
                self.found = Some(String::from_utf8_lossy(&target).into_owned());
                self.ended = true;
            }
            return;
        }
        // Only files and extended headers have content, whatever their size field says.
        let has_content = matches!(kind, 0 | b'0' | b'7' | b'x' | b'g' | b'L' | b'K');
        self.skip = if has_content { size.next_multiple_of(BLOCK as u64) } else { 0 };
    }
}

/// Whether a layer can begin like this: with the header of an entry, or with the end of an empty archive.
pub(crate) fn begins_like_tar(first: &[u8]) -> bool {
    let Some(block) = first.first_chunk::<BLOCK>() else { return false };
    block.iter().all(|byte| *byte == 0) || has_valid_checksum(block)
}
