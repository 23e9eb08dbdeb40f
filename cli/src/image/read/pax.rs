//! The extended headers of a tar entry, read strictly: two readers must never see two different archives.

use crate::image::refusal::Refusal;

/// What extended headers say about the entry that follows.
#[derive(Debug, Default)]
pub(crate) struct Extended {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
}

impl Extended {
    /// Takes a PAX header. A global one must not change names or sizes.
    pub(crate) fn take_pax(&mut self, body: &[u8], global: bool) -> Result<(), Refusal> {
        let mut rest = body;
        while !rest.is_empty() {
            let (key, value, after) = record(rest).ok_or_else(|| broken("a broken PAX header"))?;
            rest = after;
            if key.starts_with(b"GNU.sparse") {
                return Err(broken("a sparse file"));
            }
            let slot = match key {
                b"path" => &mut self.name,
                b"linkpath" => &mut self.link,
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    let size = size.ok_or_else(|| broken("a broken size in its PAX header"))?;
                    if global || self.size.replace(size).is_some() {
                        return Err(broken("more than one size"));
                    }
                    continue;
                }
                _ => continue,
            };
            if global || slot.replace(value.to_vec()).is_some() {
                return Err(broken("more than one name"));
            }
        }
        Ok(())
    }

    /// Takes the body of a GNU long name.
    pub(crate) fn take_long(slot: &mut Option<Vec<u8>>, body: &[u8]) -> Result<(), Refusal> {
        let name = body.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        if slot.replace(name).is_some() { Err(broken("more than one name")) } else { Ok(()) }
    }

    /// The size of the entry, unless header and extended header contradict each other.
    pub(crate) fn size(&self, header: u64) -> Result<u64, Refusal> {
        match self.size {
            None => Ok(header),
            Some(size) if size == header || (header == 0 && size >= OCTAL_END) => Ok(size),
            Some(size) => Err(broken(format!("two sizes: {header} in its header and {size} in its PAX header"))),
        }
    }
}

/// The first size that eleven octal digits cannot hold; only then may the plain header say 0.
const OCTAL_END: u64 = 1 << 33;

/// One record is `length key=value\n`; the length counts itself.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let content = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = content.iter().position(|byte| *byte == b'=')?;
    Some((&content[..equals], &content[equals + 1..], &bytes[length..]))
}

fn broken(what: impl Into<String>) -> Refusal {
    Refusal::entry("", format!("has {}", what.into()))
}
