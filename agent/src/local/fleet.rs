//! Nobody waits for this machine: the deploy reads the report.

use std::time::Duration;

use async_trait::async_trait;
use jetway_common::console::ConsoleLine;

use crate::error::StepError;
use crate::platform::{Fate, Fleet, Hold, Left};

/// This machine, which nobody launched.
pub struct LocalFleet;

#[async_trait]
impl Fleet for LocalFleet {
    fn stays(&self) -> bool {
        false
    }

    /// How long the machine has been up says nothing.
    fn spent(&self) -> Duration {
        Duration::ZERO
    }

    /// Whoever sits at this machine has the report.
    fn say(&self, _: &ConsoleLine) {}

    async fn ready(&self) -> Result<(), StepError> {
        Ok(())
    }

    async fn failed(&self, _: Left) -> Result<Fate, StepError> {
        Ok(Fate::Untold)
    }

    async fn unhealthy(&self) -> Result<(), StepError> {
        Ok(())
    }

    async fn let_go(&self) {}

    async fn heartbeat(&self, _: Hold) -> Result<(), StepError> {
        Ok(())
    }

    async fn drained(&self) -> Result<(), StepError> {
        Ok(())
    }
}
