//! The containers become the ones that serve: from here on Docker restarts them.

use crate::engine::EngineError;
use crate::platform::Platform;
use crate::predecessors::{Kin, Survey, promote};

/// Makes Docker keep our containers running. It comes before readiness is told: it must hold whatever happens to us.
pub async fn ready(platform: &Platform, kin: &Kin) -> Result<(), EngineError> {
    let survey = Survey::take(platform, kin).await?;
    promote(platform, &survey).await
}
