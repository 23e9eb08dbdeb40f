//! `jetway-agent status`: what the report says, what Docker says now, and what to do. It works with the agent dead.

mod table;
mod units;
mod unknown;
mod view;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::args::{RUN_DIR, StatusArguments};
use crate::engine::Engine;
use crate::output;
use crate::run_dir::RunDir;
use units::Units;
use unknown::Unknown;
use view::View;

/// The exit code for an instance that is not healthy.
const UNHEALTHY: u8 = 1;
/// The exit code when there is nothing to judge by.
const UNKNOWN: u8 = 3;
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// Clears the screen and goes to its top.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Shows the status once, or every second until nobody reads any more.
pub async fn status(arguments: &StatusArguments, engine: &dyn Engine) -> ExitCode {
    let run_dir = RunDir::new(arguments.run_dir.clone());
    loop {
        let (text, code) = once(arguments, &run_dir, engine).await;
        let clear = if arguments.watch && output::is_terminal() && !arguments.json { CLEAR } else { "" };
        if !output::data(&format!("{clear}{text}")) || !arguments.watch {
            return ExitCode::from(code);
        }
        tokio::time::sleep(WATCH_EVERY).await;
    }
}

async fn once(arguments: &StatusArguments, run_dir: &RunDir, engine: &dyn Engine) -> (String, u8) {
    match unknown::report(run_dir) {
        Ok(report) => {
            let view = View::take(run_dir, engine, report).await;
            let text = if arguments.json { format!("{}\n", view.to_json()) } else { table::table(&view) };
            (text, if view.is_healthy() { 0 } else { UNHEALTHY })
        }
        Err(unknown) => {
            // What systemd says is of the agent whose folder its unit makes, and of no other.
            let units = if run_dir.path() == Path::new(RUN_DIR) { Units::take().await } else { None };
            let units = units.as_ref();
            output::error(&unknown.reason(units), Some(&unknown.hint(units)));
            // Something on stdout each time, so that a watch ends when its reader does.
            let text = if arguments.json { format!("{}\n", unknown.to_json(units)) } else { Unknown::table(units) };
            (text, UNKNOWN)
        }
    }
}

#[cfg(test)]
mod tests;
