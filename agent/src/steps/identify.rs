//! Which instance is this. Nothing after it asks the machine again.

use jetway_common::container::Facts;

use crate::error::StepError;
use crate::platform::Host;

/// What the machine says about itself; never a made-up default.
pub async fn identify(host: &dyn Host) -> Result<Facts, StepError> {
    Ok(host.facts().await?)
}
