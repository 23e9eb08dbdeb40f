//! From bytes to a tree of TOML, with the reasons why bytes are no TOML in words that help.

use std::ops::Range;

use toml::de::{DeTable, Error};

use super::Manifest;
use super::problem::{Findings, Problems, only};
use super::words::shown;

/// Which file is read, in the words of the messages about it.
pub(crate) struct Subject {
    /// What it is, after "but".
    what: &'static str,
    /// What helps who has an empty one.
    first: &'static str,
    /// What it looks like.
    example: &'static str,
}

/// `jetway.toml`.
pub(crate) const MANIFEST: Subject = Subject {
    what: "a manifest",
    first: "`jetway init` writes a first one",
    example: "write `application = \"hello\"` and sections such as `[http]`",
};

/// `installation.toml`.
pub(crate) const INSTALLATION: Subject = Subject {
    what: "an installation file",
    first: "remove it, and the defaults hold",
    example: "write `installation = \"jetway\"` and sections such as `[environments.qa]`",
};

/// Checks what can be said before the bytes are read as TOML.
pub(crate) fn text<'a>(bytes: &'a [u8], subject: &Subject) -> Result<&'a str, Problems> {
    if bytes.len() > Manifest::LARGEST {
        let message = format!("the file has {} bytes, more than the {} allowed", bytes.len(), Manifest::LARGEST);
        return Err(only("", message, ""));
    }
    if let Some(encoding) = other_encoding(bytes) {
        return Err(only("", format!("the file is {encoding}"), "save it as UTF-8 without a byte order mark"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    if text.trim().is_empty() {
        return Err(only("", "the file is empty", subject.first));
    }
    match text.find('\0') {
        Some(at) => Err(only(&text[..at], format!("NUL character at byte {}", at + 1), "")),
        None => Ok(text),
    }
}

fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some("UTF-8 with a byte order mark"),
        // Without a byte order mark: of ASCII text, every other byte is zero.
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=127, 0, 1..=127, ..] | [1..=127, 0, 1..=127, 0, ..] => {
            Some("UTF-16")
        }
        _ => None,
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> Problems {
    let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    only(before, format!("not UTF-8 at byte {}", valid + 1), "save the file as UTF-8")
}

/// Reads TOML. A table comes back when it can be checked further: whole, or with nothing wrong but keys given twice.
pub(crate) fn tree<'a>(text: &'a str, subject: &Subject, findings: &mut Findings) -> Option<DeTable<'a>> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty()
        && let Some((at, language)) = other_language(text)
    {
        let message = format!("this is {language}, but {} is TOML", subject.what);
        findings.add_with(at, message, Some(subject.example.to_owned()));
        return None;
    }
    for error in &errors {
        report(error, text, findings);
    }
    errors.iter().all(is_duplicate).then(|| tree.into_inner())
}

fn is_duplicate(error: &Error) -> bool {
    error.message() == "duplicate key"
}

fn report(error: &Error, text: &str, findings: &mut Findings) {
    let span = error.span().unwrap_or_default();
    if is_duplicate(error) {
        let key = shown(text.get(span.clone()).unwrap_or_default());
        findings.add_with(span.start, format!("`{key}` is given twice"), Some("keep one of the two".to_owned()));
    } else {
        findings.add_with(span.start, format!("not TOML: {}", error.message()), quotes(error, text, &span));
    }
}

fn quotes(error: &Error, text: &str, span: &Range<usize>) -> Option<String> {
    let word = text.get(span.clone()).filter(|word| !word.is_empty() && error.message().contains("must be quoted"))?;
    Some(format!("write `\"{}\"`", shown(word)))
}

/// Which other language the first line that says something is written in, and where.
fn other_language(text: &str) -> Option<(usize, &'static str)> {
    let (mut at, mut line) = (0, "");
    for next in text.split_inclusive('\n') {
        line = next.trim();
        if !line.is_empty() && !line.starts_with('#') {
            break;
        }
        at += next.len();
    }
    let is_yaml = line.starts_with("---") || line.starts_with("- ") || is_yaml_pair(line);
    if line.starts_with('{') { Some((at, "JSON")) } else { is_yaml.then_some((at, "YAML")) }
}

fn is_yaml_pair(line: &str) -> bool {
    let is_word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-\"'".contains(c));
    line.split_once(':')
        .is_some_and(|(key, value)| is_word(key) && (value.is_empty() || value.starts_with([' ', '\t'])))
}
