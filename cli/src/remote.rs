//! The seam to containers that are on instances, and not in this machine's Docker engine.

use async_trait::async_trait;
use jetway_common::name::{ContainerName, InstanceId, ReleaseName};
use jiff::Timestamp;

use crate::docker::logs::Line;
use crate::session::Target;

/// Containers on instances.
pub trait Remote: Send + Sync {
    /// Begins to read what the application's containers wrote.
    fn log<'a>(&'a self, target: &Target, part: LogPart) -> Box<dyn ReadLog + 'a>;
}

/// Which part of the logs is wanted.
#[derive(Debug, Clone, Default)]
pub struct LogPart {
    /// Only what was written since then.
    pub since: Option<Timestamp>,
    /// Only so many of the last lines that fit.
    pub tail: Option<usize>,
    /// Whether to go on with what is written from now on.
    pub follow: bool,
    /// Only of this instance.
    pub instance: Option<InstanceId>,
    /// Only of containers with this name.
    pub container: Option<ContainerName>,
    /// Only of containers of this release.
    pub release: Option<ReleaseName>,
}

/// A log that is being read.
#[async_trait]
pub trait ReadLog: Send {
    /// The lines that come next, in the order of time; there may be none just now. None at the end, to which a log that
    /// is followed never comes.
    async fn next(&mut self) -> anyhow::Result<Option<Vec<RemoteLine>>>;
}

/// A line that a container wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteLine {
    /// On which instance.
    pub instance: String,
    /// Which container, where that is known.
    pub container: Option<ContainerName>,
    /// Of which release, where that is known.
    pub release: Option<ReleaseName>,
    /// What it wrote, when and where to.
    pub line: Line,
}
