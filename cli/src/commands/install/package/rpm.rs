//! The header of an RPM package: <https://rpm-software-management.github.io/rpm/manual/format_v4.html>.

use jetway_common::digest::Digest;

/// Four bytes with which every package begins.
const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];
/// The lead is a relic, and is skipped.
const LEAD_LENGTH: usize = 96;
/// Three bytes and a version with which each header begins.
const HEADER_MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];
/// The magic, four unused bytes, the number of entries and the size of the data.
const PREAMBLE: usize = 16;
const ENTRY: usize = 16;
/// The type of entries that are numbers of 32 bits.
const NUMBER: u32 = 4;
/// The types of entries that are a text, or several, with a zero byte behind each.
const TEXT: u32 = 6;
const TEXTS: u32 = 8;
const TAG_NAME: u32 = 1000;
const TAG_VERSION: u32 = 1001;
const TAG_RELEASE: u32 = 1002;
const TAG_ARCHITECTURE: u32 = 1022;
/// The SHA-256 of the payload as it is in the file, in hexadecimal; a list with one text.
const TAG_PAYLOAD_DIGEST: u32 = 5092;

/// The format's own number, which packages have since format 6:
/// <https://rpm-software-management.github.io/rpm/manual/format_v6.html>.
const TAG_FORMAT: u32 = 5114;
const FORMAT_WITHOUT_NUMBER: u32 = 4;

/// What a package says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: String,
    /// Version and release, as in `0.1.0-1`.
    pub(super) version: String,
    /// In RPM's words.
    pub(super) architecture: String,
    /// The format of the package; 4 stands for all before it, too.
    pub(super) format: u32,
    payload: usize,
    payload_digest: Option<String>,
}

impl Header {
    /// Reads the header of a package; none if it is none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&LEAD_MAGIC)?.get(LEAD_LENGTH - LEAD_MAGIC.len()..)?;
        let (_, signature_length) = section(rest)?;
        // What follows the signature begins at a multiple of eight bytes.
        let begin = signature_length.next_multiple_of(8);
        let (main, length) = section(rest.get(begin..)?)?;
        Some(Self {
            name: main.text(TAG_NAME)?,
            version: format!("{}-{}", main.text(TAG_VERSION)?, main.text(TAG_RELEASE)?),
            architecture: main.text(TAG_ARCHITECTURE)?,
            format: main.number(TAG_FORMAT).unwrap_or(FORMAT_WITHOUT_NUMBER),
            payload: LEAD_LENGTH.checked_add(begin)?.checked_add(length)?,
            payload_digest: main.text(TAG_PAYLOAD_DIGEST),
        })
    }

    /// Whether the package that this is the header of has the payload that the header names.
    pub(super) fn is_whole(&self, bytes: &[u8]) -> bool {
        let payload = bytes.get(self.payload..).map(Digest::of);
        payload.is_some_and(|found| self.payload_digest.as_deref() == Some(found.hex()))
    }
}

/// The entries of one header, and the data that they point into.
struct Section<'a> {
    entries: &'a [u8],
    data: &'a [u8],
}

/// The header that `bytes` begin with, and its length.
fn section(bytes: &[u8]) -> Option<(Section<'_>, usize)> {
    let body = bytes.strip_prefix(&HEADER_MAGIC)?.get(PREAMBLE - HEADER_MAGIC.len()..)?;
    let entries = usize::try_from(number(bytes, 8)?).ok()?.checked_mul(ENTRY)?;
    let size = usize::try_from(number(bytes, 12)?).ok()?;
    let length = entries.checked_add(size)?;
    let section = Section { entries: body.get(..entries)?, data: body.get(entries..length)? };
    Some((section, PREAMBLE.checked_add(length)?))
}

impl Section<'_> {
    fn number(&self, tag: u32) -> Option<u32> {
        number(self.value(tag, &[NUMBER])?, 0)
    }

    /// What begins with the value of an entry of one of these types.
    fn value(&self, tag: u32, types: &[u32]) -> Option<&[u8]> {
        let is_type = |found: u32| types.contains(&found);
        let is_it = |entry: &&[u8]| number(entry, 0) == Some(tag) && number(entry, 4).is_some_and(is_type);
        let entry = self.entries.chunks_exact(ENTRY).find(is_it)?;
        self.data.get(usize::try_from(number(entry, 8)?).ok()?..)
    }

    fn text(&self, tag: u32) -> Option<String> {
        let text = self.value(tag, &[TEXT, TEXTS])?;
        let text = text.split(|byte| *byte == 0).next()?;
        let is_plain = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
        if is_plain { String::from_utf8(text.to_vec()).ok() } else { None }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(texts: &[(u32, &str)]) -> Vec<u8> {
        let (mut entries, mut data) = (Vec::new(), Vec::new());
        for (tag, text) in texts {
            for number in [*tag, TEXT, u32::try_from(data.len()).unwrap(), 1] {
                entries.extend(number.to_be_bytes());
            }
            data.extend(text.bytes().chain([0]));
        }
        let count = u32::try_from(texts.len()).unwrap().to_be_bytes();
        let size = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&HEADER_MAGIC[..], &[0; 4], &count, &size, &entries, &data].concat()
    }

    /// Of the word `payload`.
    const PAYLOAD_DIGEST: &str = "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5";

    fn package() -> Vec<u8> {
        let lead = [&LEAD_MAGIC[..], &[0; 92]].concat();
        let mut signature = header(&[(1000, "sig")]);
        signature.resize(signature.len().next_multiple_of(8), 0);
        let main =
            header(&[(1000, "jetway-agent"), (1001, "0.1.0"), (1002, "1"), (1022, "aarch64"), (5092, PAYLOAD_DIGEST)]);
        [lead, signature, main, b"payload".to_vec()].concat()
    }

    #[test]
    fn a_package_says_what_it_is() {
        let header = Header::parse(&package()).unwrap();
        let expected = ("jetway-agent".to_owned(), "0.1.0-1".to_owned(), "aarch64".to_owned());
        assert_eq!((header.name, header.version, header.architecture), expected);
    }

    #[test]
    fn a_payload_that_is_cut_or_changed_is_seen() {
        let mut bytes = package();
        let header = Header::parse(&bytes).unwrap();
        assert!(header.is_whole(&bytes));
        *bytes.last_mut().unwrap() ^= 1;
        assert!(!header.is_whole(&bytes));
        bytes.truncate(bytes.len() - 8);
        assert!(!header.is_whole(&bytes));
    }

    proptest! {
        #[test]
        fn what_is_cut_or_damaged_is_no_reason_to_panic(length in 0_usize..300, at in 0_usize..300, byte in any::<u8>()) {
            let mut bytes = package();
            bytes.truncate(length);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            Header::parse(&bytes);
        }
    }
}
