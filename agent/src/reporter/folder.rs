//! What is said of a run folder that does not take the report: once to the log, the supervisor and the console, and in every
//! report, until it takes one again.

use std::io::Result;

use jetway_common::report::Phase;

use super::Reporter;
use crate::error::StepError;
use crate::run_dir::{RunDir, Unwritable};

impl Reporter {
    /// What became of writing the report into the run folder.
    pub(super) fn folder_took(&self, written: Result<()>, run_dir: &RunDir) {
        let was_unwritable = self.draft().unwritable.is_some();
        match written {
            Err(error) if !was_unwritable => self.is_unwritable(&run_dir.unwritable(error)),
            Ok(()) if was_unwritable => {
                tracing::info!("the run folder can be written again");
                self.change(|draft| draft.unwritable = None);
            }
            _ => {}
        }
    }

    fn is_unwritable(&self, unwritable: &Unwritable) {
        let reason = format!("{unwritable}; the agent goes on, and its own status is out of date");
        let failure = StepError::later(reason).hint(unwritable.hint()).into_failure(Phase::Ready);
        tracing::warn!("{}; {}", failure.reason, unwritable.hint());
        self.say(self.phase(), Some(failure.clone()));
        self.change(|draft| draft.unwritable = Some(failure));
    }

    /// What the instance does, in one line, and what is wrong where no report of it can be read.
    pub(super) fn status_line(&self) -> String {
        let (draft, file) = (self.draft(), &self.0.boot_file);
        let note = draft.history.last().and_then(|last| last.note.as_deref()).unwrap_or(draft.phase.sentence());
        let failed = draft.failure.as_ref().filter(|_| draft.phase == Phase::Failed);
        let note = failed.map_or(note.to_owned(), |failure| format!("failed: {}", failure.reason));
        let unwritable = draft.unwritable.as_ref().map(|failure| format!("; {}", failure.reason));
        format!("{} {}: {note}{}", file.application, file.release, unwritable.unwrap_or_default())
    }
}
