//! stub

use crate::error::Exit;
use crate::session::Session;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub async fn run(_session: &Session, _arguments: &Arguments) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
