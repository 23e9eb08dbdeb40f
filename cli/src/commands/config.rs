//! stub

use crate::error::Exit;
use crate::session::Session;

/// Commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List.
    List,
}

/// Runs the command.
pub async fn run(_session: &Session, _command: &Command) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
