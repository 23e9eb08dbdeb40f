//! The fleet of this machine: one agent per application.
use crate::fleet::{Fleet, Liveness};
use crate::local::home::Home;
use async_trait::async_trait;
use jetway_common::digest::Digest;
use jetway_common::name::{ApplicationName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;

/// One agent per application.
pub struct LocalFleet {
    home: Home,
}
impl LocalFleet {
    /// The fleet of the home.
    pub fn new(home: Home) -> Self {
        Self { home }
    }
}
#[async_trait]
impl Fleet for LocalFleet {
    async fn launch(&self, _record: &ReleaseRecord, _digest: &Digest, _deadline: Seconds) -> anyhow::Result<()> {
        let _ = &self.home;
        Ok(())
    }
    async fn tend(&self, _application: &ApplicationName) -> anyhow::Result<Liveness> {
        Ok(Liveness::Gone)
    }
    async fn terminate(&self, _application: &ApplicationName) -> anyhow::Result<()> {
        Ok(())
    }
    async fn target(&self, _application: &ApplicationName) -> anyhow::Result<Option<ReleaseName>> {
        Ok(None)
    }
}
