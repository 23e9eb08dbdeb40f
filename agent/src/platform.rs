//! The seams: what the agent needs from wherever it runs, in our words. `main` picks who provides them.

mod fleet;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jetway_common::container::Facts;
use jetway_common::layout::ObjectKey;
use jetway_common::sealed_config::{Context, DataKey, WrappedKey};
use jetway_common::seconds::Seconds;

use crate::engine::Engine;
use crate::error::{StepError, Wait};
use crate::run_dir::RunDir;
pub use fleet::{Fate, Fleet, Hold, Left};

/// Everything that differs between a laptop and an instance.
#[derive(Clone)]
pub struct Platform {
    /// Where releases, configs and images are, and where reports go.
    pub store: Arc<dyn Store>,
    /// Who opens wrapped data keys.
    pub keys: Arc<dyn KeyOpener>,
    /// What runs containers.
    pub engine: Arc<dyn Engine>,
    /// The machine we are on.
    pub host: Arc<dyn Host>,
    /// Whoever launched the instance.
    pub fleet: Arc<dyn Fleet>,
    /// The agent's own folder.
    pub run_dir: RunDir,
    /// How often the report is written anew while nothing changes.
    pub heartbeat: Seconds,
}

/// The store, as far as an instance may use it: read everything of its application, write its own report.
#[async_trait]
pub trait Store: Send + Sync {
    /// The whole object, if it is there; an object of more than `limit` bytes is an error.
    async fn get(&self, key: &ObjectKey, limit: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// Fills `into` with the object's bytes from `start` on; an object that ends earlier is an error.
    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError>;

    /// Replaces this instance's report as a whole.
    async fn put_report(&self, key: &ObjectKey, bytes: Vec<u8>) -> Result<(), StoreError>;

    /// What is wrong with the clock of this machine, where the store has one of its own and has told it.
    fn clock_trouble(&self) -> Option<StepError> {
        None
    }
}

/// Why the store did not give or take something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Nobody there, or not now.
    #[error("the store does not answer: {0}")]
    NotAnswering(String),
    /// It is there and says no.
    #[error("the store refuses access to `{key}`: {reason}")]
    Denied {
        /// What was asked for.
        key: String,
        /// What it said.
        reason: String,
    },
    /// More bytes than any such object has.
    #[error("`{key}` in the store has more than {limit} bytes: it was not written by Jetway")]
    TooLarge {
        /// What was asked for.
        key: String,
        /// The most that is read.
        limit: usize,
    },
    /// Fewer bytes than were promised.
    #[error("`{0}` in the store is missing or ends too early")]
    Short(String),
    /// Other bytes than those that were read before.
    #[error("`{0}` in the store was changed while it was read")]
    Changed(String),
    /// What a store that is not a folder says, in our words.
    #[error(transparent)]
    Told(StepError),
}

impl StoreError {
    /// Whether the same may be given or taken later.
    pub fn wait(&self) -> Wait {
        match self {
            Self::NotAnswering(_) => Wait::Later,
            Self::Told(error) => error.wait,
            _ => Wait::Never,
        }
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Told(error) => error,
            _ => Self { wait: error.wait(), reason: error.to_string(), hint: None, evidence: None },
        }
    }
}

/// Opens data keys that were wrapped for one context.
#[async_trait]
pub trait KeyOpener: Send + Sync {
    /// The data key, if this key wrapped it for exactly this context.
    async fn open(&self, wrapped: &WrappedKey, context: &Context) -> Result<DataKey, KeyError>;
}

/// Why a data key was not opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyError {
    /// Nobody there, or not now.
    #[error("the key does not answer: {0}")]
    NotAnswering(String),
    /// The key is another one, or says no.
    #[error("the config's data key was not opened: {0}")]
    Refused(String),
    /// What a key that is not a file says, in our words.
    #[error(transparent)]
    Told(StepError),
}

impl From<KeyError> for StepError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NotAnswering(_) => Self::later(error.to_string()),
            KeyError::Refused(_) => Self::never(error.to_string()),
            KeyError::Told(error) => error,
        }
    }
}

/// The machine we are on.
#[async_trait]
pub trait Host: Send + Sync {
    /// Which instance this is.
    async fn facts(&self) -> Result<Facts, HostError>;

    /// Whether the instance is to stay or to leave. It answers within seconds, or not at all.
    async fn notice(&self) -> Result<Notice, HostError>;

    /// The pause between two looks for a notice.
    fn look_every(&self) -> Duration;

    /// How the whole system is going down, if it is, and the containers with it. Asked when the agent is told to stop.
    async fn descent(&self) -> Option<Descent>;

    /// Makes sure that containers are kept from instance metadata; the control group that they must be in, where there is any
    /// metadata to keep them from.
    async fn guard_metadata(&self) -> Result<Option<&'static str>, HostError>;

    /// Has the engine started, where this machine lets us; what it says of the engine, for people.
    async fn wake_engine(&self) -> Option<String>;

    /// Tells whoever supervises the agent how it is doing.
    fn notify(&self, state: Supervision<'_>);
}

/// Why the machine did not say what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the machine did not say {what}: {reason}")]
pub struct HostError {
    /// What was asked.
    pub what: &'static str,
    /// What it said instead.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it may answer later.
    pub wait: Wait,
}

impl From<HostError> for StepError {
    fn from(error: HostError) -> Self {
        Self { wait: error.wait, reason: error.to_string(), hint: error.hint, evidence: None }
    }
}

/// What the machine says about the instance's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Nothing is planned.
    Stay,
    /// The instance is to leave: drain, then stop.
    Terminate,
}

/// How a whole system goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descent {
    /// It boots again at once.
    Reboot,
    /// It does not come back by itself.
    PowerOff,
}

/// What a supervisor is told.
#[derive(Debug, Clone, Copy)]
pub enum Supervision<'a> {
    /// One line for people.
    Status(&'a str),
    /// The containers serve.
    Ready,
    /// The agent is on its way out.
    Stopping,
    /// The main loop made progress.
    Alive,
}
