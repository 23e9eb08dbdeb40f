//! What the fleet sees of an application: its releases that are there, and their instances.

use jetway_common::name::{InstanceId, ReleaseName};
use jiff::Timestamp;
use serde::Serialize;

/// What there is of an application, and what is wrong with it.
#[derive(Debug, Default, Serialize)]
pub struct Survey {
    /// The releases that are there beside the store, newest first; none on a machine that has but one.
    pub releases: Vec<Seen>,
    /// What is not as it should be, in sentences.
    pub problems: Vec<String>,
}

/// A release that has instances, or gets some at once when it is called for.
#[derive(Debug, Serialize)]
pub struct Seen {
    /// Which.
    pub release: ReleaseName,
    /// What it is for.
    pub role: Role,
    /// What it is called where it runs: the stack's name.
    pub name: String,
    /// How it is, in the words of where it runs.
    pub state: String,
    /// How many instances it is to have.
    pub asked: u32,
    /// When its standby ends.
    pub standby_until: Option<Timestamp>,
    /// The instances that it has.
    pub members: Vec<Member>,
}

/// What a release that is there is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It serves.
    Live,
    /// It is being launched or taken back.
    Pending,
    /// It does not serve, and comes back within seconds.
    Standby,
    /// It came to nothing, and is kept for whoever wants to look into it.
    Kept,
    /// Nobody needs it any more: it could not be removed.
    Left,
}

/// An instance as the fleet sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Which.
    pub instance: InstanceId,
    /// Where it is in its life, in the words of Auto Scaling.
    pub state: String,
    /// Where it is.
    pub zone: String,
    /// What the load balancer says of it; absent for a worker.
    pub target: Option<String>,
}

impl Survey {
    /// The instances of `release`; none if the fleet does not tell them apart.
    pub fn members(&self, release: ReleaseName) -> Option<&[Member]> {
        self.releases.iter().find(|seen| seen.release == release).map(|seen| seen.members.as_slice())
    }
}
