//! The terminal that a person sits at: raw mode, its size, and a question whose answer is not shown.

use std::io::{self, IsTerminal as _, Read as _};

use crossterm::terminal;
use jetway_common::secret::SecretText;

use crate::error::UserError;
use crate::printer::Printer;

/// While it lives, every key goes to the program as it is typed, and none is shown.
pub struct RawMode(());

impl RawMode {
    /// Begins it.
    pub fn begin() -> io::Result<Self> {
        terminal::enable_raw_mode().map(|()| Self(()))
    }
}

/// The terminal is given back whatever happens in between.
impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode();
    }
}

/// Width and height in characters.
pub fn size() -> Option<(u16, u16)> {
    terminal::size().ok()
}

/// Whether a person types here and sees the answer.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks for a secret line. Without a terminal that is an error, never a hang.
pub fn ask_secret(printer: Printer, question: &str) -> anyhow::Result<SecretText> {
    if !io::stdin().is_terminal() {
        let message = format!("{question} is not given, and there is no terminal to ask on");
        return Err(UserError::usage(message).hint("write `-` to read it from standard input").into());
    }
    printer.question(&format!("{question} (not shown): "));
    let line = {
        let _raw = RawMode::begin()?;
        secret_line()
    };
    printer.question("\n");
    match line? {
        Some(line) => Ok(line),
        None => Err(UserError::failed("cancelled; nothing was changed").into()),
    }
}

/// One line, with the keys that a terminal would obey: erase, erase all, cancel.
fn secret_line() -> anyhow::Result<Option<SecretText>> {
    // Typing past this room is refused, so the bytes never move and leave no copy behind.
    let mut line = zeroize::Zeroizing::new(Vec::with_capacity(64 * 1024));
    for byte in io::stdin().lock().bytes() {
        match byte? {
            b'\r' | b'\n' => {
                let text = std::str::from_utf8(&line).map_err(|_| UserError::usage("what was typed is not UTF-8"))?;
                return Ok(Some(SecretText::new(text.to_owned())));
            }
            // Ctrl-C, Ctrl-D.
            3 | 4 => return Ok(None),
            // Ctrl-U.
            21 => line.clear(),
            8 | 127 => erase_character(&mut line),
            byte if line.len() < line.capacity() => line.push(byte),
            _ => return Err(UserError::usage("that is too long for a value").into()),
        }
    }
    Ok(None)
}

fn erase_character(line: &mut Vec<u8>) {
    let is_inner = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    while line.pop().is_some_and(is_inner) {}
}
