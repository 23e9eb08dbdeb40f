//! Which release is live. Commands read it; instances never do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::name::ReleaseName;
use crate::seconds::Seconds;

/// The pointer that a deploy writes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// The release that serves, if any.
    pub live: Option<ReleaseName>,
    /// The release that was live before it: where `rollback` goes by default.
    pub previous: Option<ReleaseName>,
    /// The release that a deploy has launched and not yet concluded.
    pub pending: Option<Pending>,
    /// The releases whose last launch came to nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withdrawn: BTreeMap<ReleaseName, Withdrawal>,
    /// When this was written.
    pub updated_at: Timestamp,
}

/// A launch that is not concluded yet. Whoever finds it so can go on with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The release that was launched.
    pub release: ReleaseName,
    /// When; boot reports from before speak of an earlier launch.
    pub since: Timestamp,
    /// Who launched it: on AWS the ARN of the caller, else `user@host`.
    pub by: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stage: Stage,
    /// How it is to be done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub terms: Terms,
}

/// How far a launch is. It only goes forward, from the first stage to one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Its instances come up; nothing is decided.
    #[default]
    Launched,
    /// It is healthy, and takes over from what was live before.
    Accepted,
    /// It failed or was cancelled, and is being taken back.
    Withdrawn,
}

/// Why a launch came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withdrawal {
    /// It failed.
    Failed,
    /// Somebody cancelled it.
    Aborted,
}

/// How a launch is to be done; whoever goes on with it keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How long the release may take until it is ready.
    pub timeout: Seconds,
    /// How long the release before it stays on standby.
    pub standby: Seconds,
    /// What becomes of it if it fails.
    pub failed: Remains,
}

/// What becomes of a failed release's instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remains {
    /// They are removed.
    #[default]
    Removed,
    /// They stay, so that somebody can look into them.
    Kept,
}

impl Default for Terms {
    fn default() -> Self {
        Self { timeout: Seconds(15 * 60), standby: Seconds(30 * 60), failed: Remains::default() }
    }
}

impl Document for Current {
    const KIND: &'static str = "pointer to the live release";
    const FORMAT: u64 = 1;
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
