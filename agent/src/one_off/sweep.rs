//! The agent's part: it ends one-off containers whose command was killed, or that a reboot has left behind.

use tokio::task::JoinSet;

use super::attended::is_abandoned;
use crate::platform::Platform;
use crate::predecessors::Survey;
use crate::removal;

/// Ends abandoned containers beside everything else: each may take its whole stop timeout.
#[derive(Default)]
pub struct Sweep(JoinSet<()>);

impl Sweep {
    /// Ends those of `survey` that nobody waits for; does nothing while earlier ones are being ended.
    pub fn begin(&mut self, platform: &Platform, survey: &Survey) {
        while self.0.try_join_next().is_some() {}
        if !self.0.is_empty() {
            return;
        }
        for container in survey.one_offs.iter().filter(|container| is_abandoned(&container.name)).cloned() {
            let platform = platform.clone();
            self.0.spawn(async move {
                if let Err(error) = removal::remove(&platform, &container).await {
                    tracing::warn!(%error, name = %container.name, "one-off container not removed");
                }
            });
        }
    }
}
