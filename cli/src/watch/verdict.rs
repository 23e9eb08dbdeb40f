//! How a launch that was followed is judged.

use jetway_common::report::BootReport;

use crate::fleet::Failed;

/// What became of a launch.
#[derive(Debug)]
pub enum Verdict {
    /// Every instance runs this release, and is healthy.
    Healthy(Vec<BootReport>),
    /// It certainly will not come to anything. Boxed, for it is many times larger than the others.
    Failed(Box<Failed>),
    /// Nothing certain is known; the sentences tell what is.
    Unknown(Vec<String>),
    /// Another command has cancelled or concluded it.
    Overtaken,
}
