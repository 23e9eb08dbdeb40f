//! A web application small enough to read, for the demonstration and the tests: it shows what it was deployed with.

mod mode;
mod page;
mod server;
mod task;

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::mode::Mode;
use crate::page::{Facts, Site};
use crate::task::Task;

/// Requests that are being answered when the order to stop comes may take this long.
const LAST_REQUESTS: Duration = Duration::from_millis(500);
/// How long a signal may go unnoticed.
const SHORT: Duration = Duration::from_millis(50);
const DEFAULT_PORT: u16 = 8000;
const WRONG_USE: u8 = 2;
const CRASHED: u8 = 3;
const STOPPED: u8 = 4;

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            complain(problem);
            ExitCode::from(WRONG_USE)
        }
    }
}

fn run() -> Result<u8, String> {
    // The kernel drops signals to the first process of a container that has no handler for them; so this comes first.
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(|error| format!("cannot handle signals: {error}"))?;
    match Task::parse(env::args().skip(1))? {
        Task::Serve => {}
        Task::Show => {
            log(Facts::from_environment().page().trim_end());
            return Ok(0);
        }
        Task::Wait => {
            log("waiting until told to stop");
            signals.forever().next();
            complain("told to stop");
            return Ok(STOPPED);
        }
    }
    let mode = Mode::parse(&env::var("HELLO_MODE").unwrap_or_default())?;
    match mode {
        Mode::Exit(code) => {
            complain(format_args!("leaving with exit code {code}, as HELLO_MODE says"));
            return Ok(code);
        }
        Mode::Crash => {
            thread::sleep(Duration::from_millis(300));
            return Ok(CRASHED);
        }
        Mode::Leak => complain(env::var("GREETING").unwrap_or_default()),
        Mode::Ok | Mode::Unhealthy | Mode::Deaf | Mode::Slow(_) | Mode::Lapse(_) => {}
    }
    if mode != Mode::Deaf {
        serve(Site { facts: Facts::from_environment(), mode, started: Instant::now() })?;
    }
    if let Mode::Lapse(after) = mode {
        if !is_stopped_within(after, &mut signals) {
            complain(format_args!("crashing after {} s, as HELLO_MODE says", after.as_secs()));
            return Ok(CRASHED);
        }
    } else {
        signals.forever().next();
    }
    server::finish(LAST_REQUESTS);
    Ok(0)
}

fn is_stopped_within(limit: Duration, signals: &mut Signals) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if signals.pending().next().is_some() {
            return true;
        }
        thread::sleep(SHORT);
    }
    false
}

fn serve(site: Site) -> Result<(), String> {
    let port = port(env::var("PORT").ok())?;
    let listener =
        TcpListener::bind(("0.0.0.0", port)).map_err(|error| format!("cannot listen on port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    log(format_args!("listening on {address}"));
    thread::spawn(move || server::serve(&listener, site));
    Ok(())
}

fn port(value: Option<String>) -> Result<u16, String> {
    let Some(value) = value else { return Ok(DEFAULT_PORT) };
    value.parse().map_err(|_| format!("PORT is {value:?}, which is no port number"))
}

/// One line on standard output; whoever reads it may have gone, which is no reason to stop serving.
fn log(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "hello: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_checked() {
        assert_eq!(port(None), Ok(8000));
        assert_eq!(port(Some("18000".to_owned())), Ok(18000));
        for bad in ["", "http", "65536", "-1"] {
            assert!(port(Some(bad.to_owned())).is_err(), "{bad:?} was taken");
        }
    }
}
