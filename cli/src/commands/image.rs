//! `jetway image`: the images that an application can be released from.

mod export;
mod list;
mod prune;
mod push;

use crate::error::Exit;
use crate::session::Session;

/// What to do with images.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Publish an image in the store.
    Push(push::Arguments),
    /// List the images in the store.
    List(list::Arguments),
    /// Write a stored image as an archive that `docker load` takes.
    Export(export::Arguments),
    /// Remove images that no release needs.
    Prune(prune::Arguments),
}

/// Runs the command.
pub async fn run(session: &Session, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Push(arguments) => push::run(session, arguments).await,
        Command::List(arguments) => list::run(session, arguments).await,
        Command::Export(arguments) => export::run(session, arguments).await,
        Command::Prune(arguments) => prune::run(session, arguments).await,
    }
}
