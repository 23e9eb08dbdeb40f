//! The dotenv form of a config: `NAME=value` lines, read and written so that every value comes back.
//!
//! A value may stand bare, in single quotes (taken as it is) or in double quotes (with `\n \r \t \" \$ \\`); quoted values
//! may span lines. `#` begins a comment, `export` before a name is ignored, and nothing is ever interpolated.

use std::fmt::Write as _;

use jetway_common::secret::{SecretText, Values};
use zeroize::Zeroizing;

use super::entries::{Entry, Found};

/// Reads a file.
pub fn read(text: &str) -> Found {
    let mut reader = Reader { rest: text, line: 1, found: Found::default() };
    while reader.skip_blank() {
        reader.statement();
    }
    reader.found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: Found,
}

impl<'a> Reader<'a> {
    /// Whether anything follows the white space.
    fn skip_blank(&mut self) -> bool {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.take(blank);
        !self.rest.is_empty()
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn take_line(&mut self) -> &'a str {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.take(end)
    }

    fn problem(&mut self, line: usize, problem: &str) {
        self.found.problems.push((line, problem.to_owned()));
    }

    fn statement(&mut self) {
        let line = self.line;
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        if self.rest.starts_with('#') {
            self.take_line();
        } else if let Some(equals) = self.rest[..end].find('=') {
            let name = self.take(equals + 1).trim_end_matches('=').trim();
            let name = name.strip_prefix("export ").unwrap_or(name).trim();
            if let Some(value) = self.value(line) {
                self.found.entries.push(Entry { place: format!("line {line}"), name: name.to_owned(), value });
            }
        } else {
            self.problem(line, "has no `=`; write NAME=value, and quote values of several lines");
            self.take_line();
        }
    }

    fn value(&mut self, line: usize) -> Option<SecretText> {
        let blank = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        match self.rest[blank..].chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.take(blank + 1);
                self.quoted(quote, line)
            }
            _ => Some(bare(self.take_line())),
        }
    }

    fn quoted(&mut self, quote: char, line: usize) -> Option<SecretText> {
        let Some(length) = closing_quote(self.rest, quote) else {
            self.problem(line, "the quote is never closed");
            self.take(self.rest.len());
            return None;
        };
        let inner = self.take(length);
        let value = if quote == '"' { unescaped(inner) } else { inner.to_owned() };
        self.take(1);
        let line = self.line;
        let after = self.take_line().trim();
        if !after.is_empty() && !after.starts_with('#') {
            self.problem(line, "something stands after the closing quote");
        }
        Some(SecretText::new(value))
    }
}

fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == quote && !is_escaped;
        is_escaped = quote == '"' && c == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

fn bare(text: &str) -> SecretText {
    let is_comment = |at: usize| text[..at].ends_with([' ', '\t']);
    let end = text.match_indices('#').map(|(at, _)| at).find(|at| is_comment(*at)).unwrap_or(text.len());
    SecretText::new(text[..end].trim().to_owned())
}

fn unescaped(text: &str) -> String {
    // With this room the text never moves and leaves no copy behind.
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some(itself @ ('"' | '$' | '`' | '\\'))) => plain.push(itself),
            // A Windows path in double quotes keeps its backslashes, as other readers of this form have it.
            ('\\', Some(other)) => plain.extend(['\\', other]),
            _ => plain.push(c),
        }
    }
    plain
}

/// Writes what [`read`] reads, in the order of the names.
pub fn write(values: &Values) -> Zeroizing<String> {
    let room: usize = values.iter().map(|(name, value)| name.as_str().len() + 2 * value.reveal().len() + 4).sum();
    let mut text = Zeroizing::new(String::with_capacity(room));
    for (name, value) in values {
        let _ = write!(text, "{name}=");
        write_value(value.reveal(), &mut text);
        text.push('\n');
    }
    text
}

fn write_value(value: &str, text: &mut String) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if value.chars().all(is_plain) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' | '$' | '`' | '\\' => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests;
