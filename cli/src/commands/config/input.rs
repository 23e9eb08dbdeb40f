//! Reads values from a file or standard input: text, never more than a limit, wiped after use.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::UserError;
use crate::printer::Printer;

/// What people write for standard input.
pub const STANDARD_INPUT: &str = "-";

/// Everything that standard input has, at most `limit` bytes.
pub fn standard_input(printer: Printer, limit: usize) -> anyhow::Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        printer.say("reading from the terminal; Ctrl-D on a line of its own ends it");
    }
    text(io::stdin().lock(), limit, "standard input")
}

/// The content of a file, or of standard input for `-`; at most `limit` bytes.
pub fn file(printer: Printer, path: &Path, limit: usize) -> anyhow::Result<Zeroizing<String>> {
    if path.as_os_str() == STANDARD_INPUT {
        return standard_input(printer, limit);
    }
    let shown = path.display();
    let unreadable = |reason: &dyn std::fmt::Display| UserError::usage(format!("cannot read {shown}: {reason}"));
    if path.is_dir() {
        return Err(unreadable(&"is a directory").into());
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable(&"there is no such file"),
        io::ErrorKind::PermissionDenied => unreadable(&"permission denied"),
        _ => unreadable(&error),
    })?;
    text(file, limit, &shown.to_string())
}

fn text(source: impl Read, limit: usize, place: &str) -> anyhow::Result<Zeroizing<String>> {
    // All the room at once: bytes that never move leave no copy behind.
    let mut bytes = Vec::with_capacity(limit + 1);
    source
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| UserError::usage(format!("cannot read {place}: {error}")))?;
    if bytes.len() > limit {
        return Err(UserError::usage(format!("{place} has more than {limit} bytes; nothing was stored")).into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            drop(Zeroizing::new(error.into_bytes()));
            Err(UserError::usage(format!("{place} is not UTF-8 at byte {at}; nothing was stored")).into())
        }
    }
}
