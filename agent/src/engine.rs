//! The seam to the container engine, in our words: images by content, containers by label.

pub mod facts;
#[cfg(test)]
pub(crate) mod fake;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::disk::FREE_SPACE;
use crate::error::StepError;
use facts::{Change, ContainerFacts, ContainerPlan, EngineFacts, ImageFacts, OneOffPlan};

/// What the kernel's `ENOSPC` says, in Docker's messages as anywhere else.
const NO_SPACE: &str = "no space left on device";

/// What runs containers.
pub trait Engine: Images + Containers {}

impl<E: Images + Containers> Engine for E {}

/// The engine itself and its images.
#[async_trait]
pub trait Images: Send + Sync {
    /// What the engine is; the first thing to ask, because it proves that somebody answers.
    async fn describe(&self) -> Result<EngineFacts, EngineError>;

    /// The image with this id or reference, if the engine has it.
    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>, EngineError>;

    /// The ids of all images that the engine has, whoever brought them.
    async fn every_image(&self) -> Result<Vec<String>, EngineError>;

    /// The tags in `repository`, without the repository.
    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError>;

    /// Pulls `repository` at `digest`. That it returns proves nothing: ask for the image.
    async fn pull(&self, repository: &str, digest: &str) -> Result<(), EngineError>;

    /// Loads an archive in the form of `docker save`. That it returns proves nothing: ask for the image.
    async fn load(&self, archive: Archive) -> Result<(), EngineError>;

    /// Gives an image a tag.
    async fn tag(&self, image: &str, repository: &str, tag: &str) -> Result<(), EngineError>;

    /// Takes away one reference; the image goes with its last one.
    async fn untag(&self, reference: &str) -> Result<(), EngineError>;
}

/// The engine's containers.
#[async_trait]
pub trait Containers: Send + Sync {
    /// All containers with all of these labels, running or not.
    async fn containers(&self, labels: &BTreeMap<String, String>) -> Result<Vec<ContainerFacts>, EngineError>;

    /// One container by id or name, if it is there.
    async fn container(&self, id: &str) -> Result<Option<ContainerFacts>, EngineError>;

    /// Makes a container that does not run yet and is not restarted when it exits; its id.
    async fn create(&self, plan: &ContainerPlan) -> Result<String, EngineError>;

    /// Makes a container like `model`, whatever became of that one, which does not run yet and keeps no log; its id.
    async fn create_like(&self, model: &str, plan: &OneOffPlan) -> Result<String, EngineError>;

    /// Starts a container; one that runs already is left alone.
    async fn start(&self, id: &str) -> Result<(), EngineError>;

    /// Stops a container within its own stop timeout.
    async fn stop(&self, container: &ContainerFacts) -> Result<(), EngineError>;

    /// Removes a container that does not run; one that is gone already is success.
    async fn remove(&self, id: &str) -> Result<(), EngineError>;

    /// Gives a container another name.
    async fn rename(&self, id: &str, name: &str) -> Result<(), EngineError>;

    /// Sets whether the engine starts the container again whenever it exits.
    async fn keep_running(&self, id: &str, always: bool) -> Result<(), EngineError>;

    /// The end of a container's log: at most `lines` lines.
    fn log(&self, id: &str, lines: u32) -> BoxStream<'static, Result<Bytes, EngineError>>;

    /// Whatever happens to a container with these labels; ends when the engine goes away.
    fn changes(&self, labels: &BTreeMap<String, String>) -> BoxStream<'static, Change>;
}

/// An archive on its way to the engine.
pub type Archive = BoxStream<'static, std::io::Result<Bytes>>;

/// Why the engine did not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// Nobody there, or the line broke.
    #[error("Docker does not answer: {0}")]
    Away(String),
    /// This user may not talk to it.
    #[error("Docker does not let this user ask it: {0}")]
    Denied(String),
    /// It did not answer in time.
    #[error("Docker did not {call} within {} s", limit.as_secs())]
    Slow {
        /// What was asked.
        call: &'static str,
        /// How long we waited.
        limit: Duration,
    },
    /// It speaks only an API that lacks what Jetway needs.
    #[error("Docker API {0} is too old: need 1.40 or newer, which came with Docker 19.03")]
    TooOld(String),
    /// The name belongs to another container.
    #[error("Docker did not {call}: {message}")]
    Conflict {
        /// What was asked.
        call: &'static str,
        /// What it said.
        message: String,
    },
    /// It answered, and said no.
    #[error("Docker did not {call}: {message}")]
    Refused {
        /// What was asked.
        call: &'static str,
        /// What it said.
        message: String,
        /// Whether the fault is on its side.
        internal: bool,
    },
}

impl EngineError {
    /// Whether nobody answers at all, as opposed to an answer that says no.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Slow { .. })
    }

    /// Whether there is no room left on its disk.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Refused { message, .. } if message.contains(NO_SPACE))
    }
}

impl From<EngineError> for StepError {
    fn from(error: EngineError) -> Self {
        let reason = error.to_string();
        if error.is_full() {
            return Self::never(reason).hint(FREE_SPACE);
        }
        match error {
            EngineError::Away(_) => Self::later(reason).hint("start Docker, then look at `docker info`"),
            EngineError::Denied(_) => {
                Self::never(reason).hint("use sudo, or put this user into the group `docker`, which makes it root here")
            }
            EngineError::Slow { .. } | EngineError::Refused { internal: true, .. } => Self::later(reason),
            EngineError::TooOld(_) => Self::never(reason).hint("upgrade Docker to 19.03 or newer"),
            EngineError::Conflict { .. } | EngineError::Refused { .. } => Self::never(reason),
        }
    }
}
