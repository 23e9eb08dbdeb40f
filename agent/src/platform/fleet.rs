//! The seam to whoever launched the instance and waits for it: what it is told, and what it lets the instance have.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jetway_common::console::ConsoleLine;

use crate::error::StepError;

/// Whoever launched the instance. Everything may be told again: an agent that was restarted does not know what the last
/// one told.
#[async_trait]
pub trait Fleet: Send + Sync {
    /// Whether the agent stays when its release has ended here: somebody else decides about the instance, and would only
    /// start the agent again.
    fn stays(&self) -> bool;

    /// How much of the time until ready was gone before the agent began.
    fn spent(&self) -> Duration;

    /// A word for people who cannot reach the instance any other way.
    fn say(&self, line: &ConsoleLine);

    /// The release serves, and a report says so: the instance is to be let into service.
    async fn ready(&self) -> Result<(), StepError>;

    /// The release cannot run here, and a report says why. What comes of the instance.
    async fn failed(&self, left: Left) -> Result<Fate, StepError>;

    /// The release has been ill for too long, and a report says so: the instance is to be replaced.
    async fn unhealthy(&self) -> Result<(), StepError>;

    /// Waits until nobody sends requests to the instance any more, or the time for that is over.
    async fn let_go(&self);

    /// The instance needs more time for this wait, if anybody waits for it.
    async fn heartbeat(&self, hold: Hold) -> Result<(), StepError>;

    /// Nothing of the release runs here any more: the instance may end.
    async fn drained(&self) -> Result<(), StepError>;
}

/// What a release that failed has left on the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing of it.
    Nothing,
    /// Its containers, because they have served before and may do so now.
    Serving,
    /// That is not known: Docker does not answer, or has not finished.
    Unknown,
}

/// What comes of an instance whose release cannot run on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody was told.
    Untold,
    /// The stack was told, and decides.
    StackDecides,
    /// Another instance takes its place.
    Replaced,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untold => "nobody else was told",
            Self::StackDecides => "the release stack was told, and decides what comes of this instance",
            Self::Replaced => "Auto Scaling was told, and replaces this instance",
        })
    }
}

/// What an instance is held by, so that it gets the time it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Its launch: it is not in service yet.
    Launch,
    /// Its end: it has to drain.
    End,
}
