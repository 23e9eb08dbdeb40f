//! The deploy lock: a lease with an owner, a reason and an end.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::seconds::Seconds;

/// How long a lease lasts unless its owner renews it.
pub const LEASE: Seconds = Seconds(60);
/// How often the owner renews its lease.
pub const RENEWAL: Seconds = Seconds(15);

/// Who may change an application's releases just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// `user@host` and the process that holds it.
    pub owner: String,
    /// What the owner is doing.
    pub reason: String,
    /// Tells this lease from any other, so that an owner recognises its own after a lost answer.
    pub nonce: String,
    /// When the lease was taken.
    pub taken_at: Timestamp,
    /// When the lease ends unless it is renewed.
    pub expires_at: Timestamp,
}

impl Lock {
    /// Whether another may take it.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// The same lease, good for another [`LEASE`] from `now`.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Self {
        Self { expires_at: lease_end(now), ..self.clone() }
    }
}

/// When a lease that is taken or renewed `now` ends.
pub fn lease_end(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(i64::from(LEASE.0))).unwrap_or(Timestamp::MAX)
}

impl Document for Lock {
    const KIND: &'static str = "deploy lock";
    const FORMAT: u64 = 1;
}
