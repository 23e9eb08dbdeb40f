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

/// Says what is going on.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", crate::text::escape(text));
}

/// Whether stdout is a terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether words may be coloured.
pub fn may_colour() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Shows the last lines of a container's log, which are harmless already.
pub fn log(lines: &[String]) {
    let mut err = std::io::stderr().lock();
    for line in lines {
        let _ = writeln!(err, "  | {line}");
    }
}

/// Lets the agent log to stderr: plain lines with RFC 3339 times. Only our own crate may speak, because Docker's client
/// would log environments, which hold secrets.
pub fn start_log() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;
    let level = std::env::var("JETWAY_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::INFO);
    let ours = Targets::new().with_target("jetway_agent", level);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}
