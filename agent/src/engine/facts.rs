//! What an engine says of itself, its images and its containers, and what a container is made from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jetway_common::container::{CONTAINER, FINGERPRINT, LOG_DRIVER, ONE_OFF, RELEASE};
use jetway_common::name::{ContainerName, ReleaseName};
use jetway_common::secret::SecretText;
use jiff::Timestamp;

/// What the engine is.
#[derive(Debug, Clone)]
pub struct EngineFacts {
    /// Its version.
    pub version: String,
    /// The API version that was agreed on.
    pub api: String,
    /// How it keeps images.
    pub store: ImageStore,
    /// `os/architecture` of what it runs.
    pub platform: String,
    /// Where it keeps its data.
    pub root: PathBuf,
    /// Whether containers outlive the engine.
    pub live_restore: bool,
    /// The log drivers that it says it has.
    pub log_drivers: Vec<String>,
}

impl EngineFacts {
    /// Whether it says which log drivers it has, and the one of every container is not among them.
    pub fn lacks_log_driver(&self) -> bool {
        !self.log_drivers.is_empty() && !self.log_drivers.iter().any(|driver| driver == LOG_DRIVER)
    }
}

/// How an engine keeps images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageStore {
    /// Docker's own: an image's id is the digest of its configuration.
    Classic,
    /// containerd's: an image's id is the digest of its manifest, and zstd layers are understood.
    Containerd,
}

impl ImageStore {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Containerd => "containerd",
        }
    }
}

/// An image that the engine has.
#[derive(Debug, Clone)]
pub struct ImageFacts {
    /// The engine's id of it.
    pub id: String,
    /// The digests of its uncompressed layers, lowest first.
    pub diff_ids: Vec<String>,
    /// Its references by digest.
    pub digests: Vec<String>,
}

/// A container that the engine has.
#[derive(Debug, Clone)]
pub struct ContainerFacts {
    /// The engine's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its image.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The engine's word for its state.
    pub state: String,
    /// Whether its process runs: not while the engine waits to restart it.
    pub is_running: bool,
    /// Whether the engine waits to restart it, or restarts it right now.
    pub is_restarting: bool,
    /// With what it exited last.
    pub exit_code: i64,
    /// Why it could not be started.
    pub error: String,
    /// When it was started last.
    pub started_at: Option<Timestamp>,
    /// Its first process, while it runs.
    pub pid: Option<i32>,
    /// Whether the engine starts it again whenever it exits.
    pub always: bool,
    /// How long it may take to stop.
    pub stop_timeout: Duration,
}

impl ContainerFacts {
    /// Its name within its release; one-off containers have none.
    pub fn container(&self) -> Option<ContainerName> {
        self.labels.get(CONTAINER)?.parse().ok()
    }

    /// The release that it belongs to.
    pub fn release(&self) -> Option<ReleaseName> {
        self.labels.get(RELEASE)?.parse().ok()
    }

    /// Whether it runs a command of somebody's, and is no part of the release.
    pub fn is_one_off(&self) -> bool {
        self.labels.contains_key(ONE_OFF)
    }

    /// What it was made from.
    pub fn fingerprint(&self) -> Option<&str> {
        self.labels.get(FINGERPRINT).map(String::as_str)
    }
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The engine's id of it.
    pub container: String,
    /// With what it exited, if it did.
    pub exit_code: Option<i64>,
}

/// A container that is to be made.
pub struct ContainerPlan {
    /// Its name within the release.
    pub container: ContainerName,
    /// The engine's name for it.
    pub name: String,
    /// The id of its image.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment.
    pub environment: BTreeMap<String, SecretText>,
    /// Replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Replaces the image's user.
    pub user: Option<String>,
    /// How long it may take to stop.
    pub stop_timeout: Duration,
    /// Whether its root file system is read-only.
    pub read_only: bool,
    /// Whether it loses all capabilities.
    pub drop_capabilities: bool,
    /// The control group that it is made in, instead of the engine's own.
    pub slice: Option<&'static str>,
    /// The folder that it sees, read-only, as its config.
    pub config_dir: Option<PathBuf>,
}

/// A container that is to be made like another one, for one command.
pub struct OneOffPlan {
    /// The engine's name for it.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Replaces the other one's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the other one's command.
    pub command: Vec<String>,
    /// Whether it has a terminal; without one it has no input either.
    pub terminal: bool,
}
