//! What is said when there is no report to judge by: why, and what systemd knows all the same.

use std::io::{Error, ErrorKind};

use jetway_common::document::{Document as _, DocumentError};
use jetway_common::report::BootReport;
use serde_json::json;

use super::units::{LOG, Units};
use crate::run_dir::{RunDir, Unwritable};

/// Why there is nothing to judge by.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unknown {
    /// No report to read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: Error,
    },
    /// A folder in which no report can be.
    #[error("there is no report: {0}")]
    Unwritable(Unwritable),
    /// A file that is no report.
    #[error("`{path}`: {source}")]
    Invalid {
        /// Which file.
        path: String,
        /// Why.
        source: DocumentError,
    },
}

/// What the agent wrote last.
pub(super) fn report(run_dir: &RunDir) -> Result<BootReport, Unknown> {
    let path = run_dir.report();
    let name = path.display().to_string();
    let unreadable = |source: Error| match run_dir.look().filter(|_| source.kind() == ErrorKind::NotFound) {
        Some(unwritable) => Unknown::Unwritable(unwritable),
        None => Unknown::Unreadable { path: name.clone(), source },
    };
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    BootReport::from_bytes(&bytes).map_err(|source| Unknown::Invalid { path: name, source })
}

impl Unknown {
    /// Why it is so, for people. An agent that does not know yet which instance this is writes no report, but tells systemd.
    pub(super) fn reason(&self, units: Option<&Units>) -> String {
        let said = units.and_then(Units::said).filter(|_| self.is(ErrorKind::NotFound));
        said.map_or_else(|| self.to_string(), |said| format!("the agent has not written a report yet; it says: {said}"))
    }

    /// One thing to do about it.
    pub(super) fn hint(&self, units: Option<&Units>) -> String {
        if let Self::Unwritable(unwritable) = self {
            return unwritable.hint();
        }
        if self.is(ErrorKind::PermissionDenied) {
            return "use sudo, or put this user into the group `jetway`".to_owned();
        }
        if units.and_then(Units::said).is_some() {
            return LOG.to_owned();
        }
        units.and_then(Units::of_agent).map_or_else(
            || "no agent has written a report there; name its run folder with --run-dir".to_owned(),
            |(_, hint)| hint,
        )
    }

    /// The status, as a person reads it.
    pub(super) fn table(units: Option<&Units>) -> String {
        let line = units.and_then(Units::line).map(|line| format!("  {:<10} {line}\n", "systemd"));
        format!("unknown\n{}", line.unwrap_or_default())
    }

    /// The status, as one JSON object.
    pub(super) fn to_json(&self, units: Option<&Units>) -> serde_json::Value {
        json!({
            "healthy": null, "error": self.reason(units), "hint": self.hint(units), "units": units.map(Units::to_json),
        })
    }

    fn is(&self, kind: ErrorKind) -> bool {
        matches!(self, Self::Unreadable { source, .. } if source.kind() == kind)
    }
}
