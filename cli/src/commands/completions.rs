//! stub

use crate::error::Exit;
use crate::offline::Offline;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(_offline: &Offline, _arguments: &Arguments) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
