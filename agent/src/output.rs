//! The only place that prints: data on stdout, words for people on stderr. A reader that went away is no error.

use std::io::{IsTerminal as _, Write as _};

/// Prints data; false when nobody reads any more.
pub fn data(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Says what went wrong and, at most, one thing to do about it.
pub fn error(reason: &str, hint: Option<&str>) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "error: {}", crate::text::escape(reason));
    if let Some(hint) = hint {
        let _ = writeln!(err, "hint: {}", crate::text::escape(hint));
    }
}

/// Whether stdout is a terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether words may be coloured.
pub fn may_colour() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
