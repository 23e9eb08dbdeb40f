//! The deploy lock: a lease with an owner, a reason and an end.

use std::time::Duration;

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
    /// Who holds it, and in which process on which machine.
    pub owner: String,
    /// What the owner is doing.
    pub reason: String,
    /// Tells this lease from any other, so that an owner recognises its own after a lost answer.
    pub nonce: String,
    /// When the lease was taken.
    pub taken_at: Timestamp,
    /// When the lease ends unless it is renewed, by the owner's clock: for people.
    pub expires_at: Timestamp,
}

impl Lock {
    /// Whether another may take it; `age` is how long ago the store says it was written, which every renewal does. What
    /// the owner's clock said is not asked: another machine's clock may say otherwise.
    pub fn is_expired(age: Duration) -> bool {
        age >= LEASE.duration()
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
