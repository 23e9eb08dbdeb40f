//! This machine's name as an instance, the same that the agent gives it.

use anyhow::Context as _;
use jetway_common::name::InstanceId;

/// `local-` and the host's name.
pub fn instance_id() -> anyhow::Result<InstanceId> {
    let name = hostname::get().context("this machine does not tell its name")?;
    Ok(InstanceId::of_host(&name.to_string_lossy())?)
}
