//! A program in a container with its three streams at hand.

use std::pin::Pin;

use bollard::container::LogOutput;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWrite;

use super::failure::refused;
use super::logs::Channel;

/// What a program wrote, and where.
pub type Piece = (Channel, Bytes);

/// A program that runs in a container.
pub struct Program {
    /// What it writes, until it ends.
    pub output: Pin<Box<dyn Stream<Item = anyhow::Result<Piece>> + Send>>,
    /// What it reads.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

impl Program {
    pub(super) fn new(
        output: impl Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send + 'static,
        input: Pin<Box<dyn AsyncWrite + Send>>,
    ) -> Self {
        let piece = |piece| match piece {
            Ok(LogOutput::StdErr { message }) => Ok((Channel::Stderr, message)),
            Ok(other) => Ok((Channel::Stdout, other.into_bytes())),
            Err(error) => Err(refused("pass on what the program writes")(error)),
        };
        Self { output: Box::pin(output.map(piece)), input }
    }
}
