//! `jetway image`: the images that an application can be released from.

mod export;
mod list;
mod prune;
mod push;

use jetway_common::name::EnvironmentName;

use crate::error::Exit;
use crate::session::Session;

/// The arguments of `jetway image`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose store is meant. Environments in one region of one account share their images.
    #[arg(long, global = true, value_name = "NAME", default_value = EnvironmentName::LOCAL)]
    pub environment: EnvironmentName,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with images.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Publish an image in the store.
    Push(push::Arguments),
    /// List the images in the store.
    List(list::Arguments),
    /// Write a stored image as an archive that `docker load` takes.
    ///
    /// Every layer is checked on the way; when the stored bytes are wrong, the command fails and the archive is not
    /// usable.
    Export(export::Arguments),
    /// Remove images that no release needs.
    ///
    /// Kept are the images of the live, the previous and the pending release, those of the newest releases, and those
    /// that were pushed last or within the last hour. Layers that only removed images used go with them; one that was
    /// stored within the last hour goes with a later prune.
    Prune(prune::Arguments),
}

/// Runs the command.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    match &arguments.command {
        Command::Push(arguments) => push::run(session, &target, arguments).await,
        Command::List(arguments) => list::run(session, &target, arguments).await,
        Command::Export(arguments) => export::run(session, &target, arguments).await,
        Command::Prune(arguments) => prune::run(session, &target, arguments).await,
    }
}
