//! The seam to what runs releases: stacks of instances, or this machine.

use async_trait::async_trait;
use jetway_common::digest::Digest;
use jetway_common::name::{ApplicationName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;

/// What runs releases.
#[async_trait]
pub trait Fleet: Send + Sync {
    /// Makes the instances run `record`; `digest` is that of the record's stored bytes. May be called again.
    async fn launch(&self, record: &ReleaseRecord, digest: &Digest, deadline: Seconds) -> anyhow::Result<()>;

    /// Keeps what was launched going, as an init system would, and tells whether it still can come to something.
    async fn tend(&self, application: &ApplicationName) -> anyhow::Result<Liveness>;

    /// Tells the instances of `application` that their end has come, and waits until nothing runs any more.
    async fn terminate(&self, application: &ApplicationName) -> anyhow::Result<()>;

    /// The release that the instances of `application` were last told to run.
    async fn target(&self, application: &ApplicationName) -> anyhow::Result<Option<ReleaseName>>;
}

/// Whether an agent is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// An agent runs.
    Running,
    /// No agent runs; the last one ended by itself, or never was.
    Gone,
}
