//! The agent's own folder: where its lock, report, logs and lifecycle notice are.

mod lock;
mod unwritable;

use std::path::{Path, PathBuf};

pub use lock::{AgentLock, LockError};
pub use unwritable::Unwritable;
pub(crate) use unwritable::advice;

/// Where the agent keeps what it says about itself.
#[derive(Debug, Clone)]
pub struct RunDir(PathBuf);

impl RunDir {
    /// The folder at `path`.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The boot report, for people on this machine.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.json")
    }

    /// What instance metadata says on EC2.
    pub fn lifecycle(&self) -> PathBuf {
        self.0.join("lifecycle")
    }

    /// The log of the container that was removed last.
    pub fn log(&self, container: &jetway_common::name::ContainerName) -> PathBuf {
        self.0.join("logs").join(format!("{container}.log"))
    }

    /// Held by the running agent, and names its process.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("agent.lock")
    }
}
