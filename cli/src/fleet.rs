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

    /// How many instances must be healthy for `record` to be.
    fn instances(&self, record: &ReleaseRecord) -> usize;

    /// Whether an agent is at work for `application`.
    async fn is_alive(&self, application: &ApplicationName) -> anyhow::Result<bool>;

    /// Starts the agent again that died before its work was done, as an init system would.
    async fn revive(&self, application: &ApplicationName) -> anyhow::Result<()>;

    /// Tells the instances of `application` that their end has come, and waits until the agent has done its part.
    async fn terminate(&self, application: &ApplicationName) -> anyhow::Result<()>;

    /// Removes all that is left of instances that have ended.
    async fn remove(&self, application: &ApplicationName) -> anyhow::Result<()>;

    /// The release that the instances of `application` were last told to run.
    async fn target(&self, application: &ApplicationName) -> anyhow::Result<Option<ReleaseName>>;

    /// Where people find what the agent itself had to say.
    fn agent_log(&self, application: &ApplicationName) -> String;
}
