//! Which release is live. Commands read it; instances never do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::name::ReleaseName;

/// The pointer that a deploy writes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// The release that serves, if any.
    pub live: Option<ReleaseName>,
    /// The release that was live before it: where `rollback` goes by default.
    pub previous: Option<ReleaseName>,
    /// The release that a deploy has launched and not yet judged.
    pub pending: Option<Pending>,
    /// When this was written.
    pub updated_at: Timestamp,
}

/// A launch that is not judged yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The release that was launched.
    pub release: ReleaseName,
    /// When; boot reports from before speak of an earlier launch.
    pub since: Timestamp,
    /// `user@host` of who launched it.
    pub by: String,
}

impl Document for Current {
    const KIND: &'static str = "pointer to the live release";
    const FORMAT: u64 = 1;
}
