//! `jetway image`: the images that an application can be released from.

mod export;
mod list;
mod prune;
mod push;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::{CancellationToken, DropGuard};

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

/// Cancels `stop` at Ctrl-C or a polite request to end, until the guard is dropped.
pub fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<DropGuard> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, done) = (stop.clone(), CancellationToken::new());
    let guard = done.clone().drop_guard();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => stop.cancel(),
            _ = terminate.recv() => stop.cancel(),
            () = done.cancelled() => {}
        }
    });
    Ok(guard)
}
