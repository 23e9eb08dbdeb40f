//! The seam to containers that are on instances, and not in this machine's Docker engine.

use async_trait::async_trait;
use jetway_common::name::{ContainerName, InstanceId, ReleaseName};
use jetway_common::seconds::{Seconds, SecondsError};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::docker::logs::Line;
use crate::error::Exit;
use crate::printer::Printer;
use crate::reply::Reply;
use crate::session::Target;

/// The most seconds that SSM Run Command gives a command:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html#aws-runShellScript>.
pub const LONGEST: Seconds = Seconds(172_800);

/// How long a program on an instance may run, as the command line says it: a second to [`LONGEST`].
pub fn limit(text: &str) -> Result<Seconds, String> {
    let limit: Seconds = text.parse().map_err(|error: SecondsError| error.to_string())?;
    if (1..=LONGEST.0).contains(&limit.0) {
        return Ok(limit);
    }
    Err(format!("a program on an instance gets from 1s to {LONGEST}: SSM Run Command ends it then"))
}

/// The wish that a program be ended.
#[derive(Debug, Clone, Copy)]
pub struct Stop<'a> {
    /// Cancelled when it is to end.
    pub asked: &'a CancellationToken,
    /// Tells that the wish did not get through, where it does not.
    pub printer: Printer,
}

/// Containers on instances.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Begins to read what the application's containers wrote.
    fn log<'a>(&'a self, target: &Target, part: LogPart) -> Box<dyn ReadLog + 'a>;

    /// Runs a program on an instance to its end, without input. It is ended after `limit`, and when `stop` is asked
    /// for, which is then the reply.
    async fn run(&self, instance: &InstanceId, job: Job<'_>, limit: Seconds, stop: Stop<'_>) -> anyhow::Result<Reply>;

    /// Connects this terminal with a program on an instance, and gives its exit code.
    async fn attach(&self, instance: &InstanceId, job: Job<'_>) -> anyhow::Result<Exit>;

    /// Connects this terminal with a shell on an instance, and gives its exit code.
    async fn log_in(&self, instance: &InstanceId) -> anyhow::Result<Exit>;
}

/// A program that is to run on an instance.
#[derive(Debug, Clone, Copy)]
pub enum Job<'a> {
    /// In a container that is there.
    Exec {
        /// What Docker calls it.
        container: &'a str,
        /// The program and its arguments.
        program: &'a [String],
    },
    /// In a one-off container, which is removed at its end.
    OneOff {
        /// The container of the release that it is made like.
        container: &'a ContainerName,
        /// Replaces the image's entry point.
        entrypoint: Option<&'a str>,
        /// What is run.
        command: &'a [String],
        /// How long it may take to stop once its time is over.
        stop_timeout: Seconds,
    },
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
