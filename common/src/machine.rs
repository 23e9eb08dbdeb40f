//! What the instances of a release are made of, pinned like its images: a rollback brings back the same machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::seconds::Seconds;

/// The machine of a release on EC2. Its type stands with the number of instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The AMI, resolved once.
    pub image: String,
    /// `os/architecture` of its processor, for example `linux/arm64`.
    pub platform: String,
    /// What brings the agent onto it at the first boot; absent when the AMI has the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentPackage>,
    /// The key pair for SSH, if instances have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_pair: Option<String>,
    /// Whether instances reach the internet only by public addresses of their own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub public_addresses: bool,
    /// The size of its disk in GiB.
    pub volume_gib: u32,
    /// How long it may take to leave: its requests first, then its containers.
    pub drained_within: Seconds,
    /// What it takes from the stacks that it builds on: their outputs, by name.
    pub parents: BTreeMap<String, String>,
}

/// The agent's package in the storage bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPackage {
    /// Its key.
    pub key: String,
    /// The digest of its bytes, without which it is not installed.
    pub digest: Digest,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
