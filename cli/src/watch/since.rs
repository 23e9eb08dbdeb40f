//! What tells the boots of a launch from those before it.

use std::collections::BTreeSet;

use jetway_common::report::BootReport;
use jiff::Timestamp;

use crate::releases::StoredRelease;
use crate::reports::{self, Reports};
use crate::session::{Session, Target};

/// What tells the boots of a launch from those before it.
pub enum Since {
    /// They are not among these, which were there before: no clock is asked.
    Boots(BTreeSet<String>),
    /// They began at this time or later; whoever did not see the launch begin knows no better.
    Time(Timestamp),
}

impl Since {
    /// To be asked before `release` is launched. An old report that cannot be read must not keep it from that.
    pub async fn now(session: &Session, target: &Target, release: &StoredRelease) -> Self {
        match reports::read(session.store(), target, release.record.release).await {
            Ok(Reports { readable, unreadable }) if unreadable.is_empty() => {
                Self::Boots(readable.into_iter().map(|report| report.boot).collect())
            }
            _ => Self::Time(Timestamp::now()),
        }
    }

    pub(super) fn is_later(&self, report: &BootReport) -> bool {
        match self {
            Self::Boots(earlier) => !earlier.contains(&report.boot),
            Self::Time(time) => report.history.first().is_some_and(|first| first.at >= *time),
        }
    }
}
