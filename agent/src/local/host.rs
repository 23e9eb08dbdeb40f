//! This machine as an instance: named after its host, told to leave by a file.

use std::time::Duration;

use async_trait::async_trait;
use jetway_common::container::Facts;
use jetway_common::name::InstanceId;

use crate::error::Wait;
use crate::platform::{Descent, Host, HostError, Notice, Supervision};
use crate::run_dir::RunDir;

/// This machine.
pub struct LocalHost {
    run_dir: RunDir,
}

impl LocalHost {
    /// This machine, with its lifecycle notice in `run_dir`.
    pub fn new(run_dir: RunDir) -> Self {
        Self { run_dir }
    }
}

#[async_trait]
impl Host for LocalHost {
    async fn facts(&self) -> Result<Facts, HostError> {
        let error = |reason: String| HostError { what: "its name", reason, hint: None, wait: Wait::Never };
        let name = hostname::get().map_err(|source| error(source.to_string()))?;
        let instance = InstanceId::of_host(&name.to_string_lossy()).map_err(|fault| error(fault.to_string()))?;
        Ok(Facts { instance, region: None, bucket: None })
    }

    async fn notice(&self) -> Result<Notice, HostError> {
        match tokio::fs::read_to_string(self.run_dir.lifecycle()).await {
            Ok(text) if text.trim() == "terminate" => Ok(Notice::Terminate),
            Ok(_) => Ok(Notice::Stay),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Notice::Stay),
            Err(error) => Err(HostError {
                what: "whether it is to leave",
                reason: error.to_string(),
                hint: None,
                wait: Wait::Later,
            }),
        }
    }

    fn look_every(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Docker stops the containers of a person's machine itself, and nobody waits for them.
    async fn descent(&self) -> Option<Descent> {
        None
    }

    /// A person's machine has none.
    async fn guard_metadata(&self) -> Result<Option<&'static str>, HostError> {
        Ok(None)
    }

    async fn wake_engine(&self) -> Option<String> {
        crate::systemd::wake_docker().await
    }

    fn notify(&self, state: Supervision<'_>) {
        crate::systemd::notify(state);
    }
}
