//! What containers get of instance metadata, and what tells them from all else on an instance.

use serde::{Deserialize, Serialize};

/// The number of the agent's user on every instance, as in `systemd/sysusers.d`. No container may have it: a rule of the firewall
/// that knows users would take it for the agent.
pub const AGENT_USER: u32 = 727;

/// The control group of containers that are kept from instance metadata, as in `systemd/jetway.slice`.
pub const SLICE: &str = "jetway.slice";

/// Whether containers reach instance metadata, and so the credentials of the instance's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Imds {
    /// As every process on the instance.
    #[default]
    Allow,
    /// Not at all; the agent does.
    Deny,
}

impl Imds {
    /// What is so where nothing is said.
    pub fn is_allow(&self) -> bool {
        *self == Self::Allow
    }
}
