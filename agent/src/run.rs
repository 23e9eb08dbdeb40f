//! `jetway-agent run`: one agent per machine, from its boot file to its end.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use jetway_common::boot_file::{BootFile, LARGEST};
use jetway_common::document::{Document as _, DocumentError};
use jetway_common::report::{Failure, Phase};

use crate::aftermath::Aftermath;
use crate::attempt::{BootTime, Halt};
use crate::boot::boot;
use crate::ending::{Ending, Endings};
use crate::hold::hold;
use crate::leave::{drain, retreat, shut_down};
use crate::output;
use crate::platform::{Descent, Notice, Platform, Supervision};
use crate::predecessors::{Kin, Survey, has_served};
use crate::reporter::Reporter;
use crate::run_dir::LockError;
use crate::serve::serve;
use crate::tell;

/// `EX_TEMPFAIL` of sysexits.h: another agent runs here.
pub const ANOTHER_AGENT: u8 = 75;

/// Why an agent did not even begin, or how its release failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No boot file.
    #[error("there is no boot file `{path}`")]
    NoBootFile {
        /// Where it should be.
        path: String,
    },
    /// A boot file that cannot be read, or is not valid.
    #[error("cannot read the boot file `{path}`: {reason}")]
    BootFile {
        /// Where it should be.
        path: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// Somebody else runs here, or the folder cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The operating system refused something basic.
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
    /// The release cannot run here; the reason is in the report too.
    #[error("{} failed in {}: {}", .0, .1.phase, .1.reason)]
    Failed(String, Box<Failure>),
}

impl RunError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoBootFile { .. } | Self::BootFile { .. } => Some(
                "a deploy writes it, on EC2 by user data: was this instance launched by `jetway deploy`? --boot-file names \
                 another one"
                    .to_owned(),
            ),
            Self::Lock(error) => Some(error.hint()),
            Self::Failed(_, failure) => failure.hint.clone(),
            Self::Signals(_) => None,
        }
    }

    /// Says it, and what the process exits with.
    pub fn tell(&self) -> ExitCode {
        output::error(&self.to_string(), self.hint().as_deref());
        if let Self::Failed(_, failure) = self {
            output::log(&failure.log);
        }
        match self {
            Self::Lock(LockError::Taken { .. }) => ExitCode::from(ANOTHER_AGENT),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Reads the boot file; every error names the field.
pub fn read_boot_file(path: &Path) -> Result<BootFile, RunError> {
    let name = path.display().to_string();
    let error = |reason: String| RunError::BootFile { path: name.clone(), reason };
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(source) if source.kind() == ErrorKind::NotFound => return Err(RunError::NoBootFile { path: name }),
        Err(source) => return Err(error(source.to_string())),
    };
    if size > LARGEST as u64 {
        return Err(error(format!("it has {size} bytes, more than any boot file")));
    }
    let bytes = std::fs::read(path).map_err(|source| error(source.to_string()))?;
    BootFile::from_bytes(&bytes).map_err(|source: DocumentError| error(source.to_string()))
}

/// Runs the release of `boot_file` until it fails or is told to end.
pub async fn run(platform: &Platform, boot_file: &BootFile) -> Result<(), RunError> {
    let lock = platform.run_dir.lock()?;
    let mut endings = Endings::listen(platform.host.clone()).map_err(RunError::Signals)?;
    let reporter = Reporter::start(platform, boot_file.clone());
    let time = BootTime::begin(boot_file.deadline.duration(), platform.fleet.spent());
    let mut aftermath = Aftermath { platform, reporter: &reporter, boot_file, endings: endings.clone(), time };
    let outcome = tokio::select! {
        outcome = live(platform, &reporter, boot_file, &mut endings, time) => outcome,
        never = lock.sign_when_possible() => match never {},
    };
    let ended = match outcome {
        Outcome::Stopped => Ok(()),
        Outcome::ShutDown(descent) => {
            shut_down(platform, &reporter, boot_file, descent).await;
            Ok(())
        }
        Outcome::Drained(drained) => aftermath.of_drain(drained).await,
        Outcome::Failed(failure) => Err(aftermath.of_failure(failure).await),
    };
    platform.host.notify(Supervision::Stopping);
    reporter.flush().await;
    let name = format!("{} {}", boot_file.application, boot_file.release);
    ended.map_err(|failure| RunError::Failed(name, Box::new(failure)))
}

/// How the release came to its end here.
enum Outcome {
    /// It did not: only the agent ends.
    Stopped,
    /// The system goes down.
    ShutDown(Descent),
    /// The instance was told to leave, and has drained or could not.
    Drained(Result<(), Failure>),
    /// The release cannot run here.
    Failed(Failure),
}

async fn live(
    platform: &Platform,
    reporter: &Reporter,
    boot_file: &BootFile,
    endings: &mut Endings,
    time: BootTime,
) -> Outcome {
    // Metadata that is slow may take longer to answer than the supervisor waits for a sign of life.
    let is_leaving = tokio::select! {
        is_leaving = hold(platform, None, was_told_to_leave(platform, reporter)) => is_leaving,
        // The boot ends at once, and says how.
        _ = endings.next() => false,
    };
    if is_leaving {
        return Outcome::Drained(drain(platform, reporter, boot_file).await);
    }
    let ending = match boot(platform, reporter, boot_file, endings, time).await {
        Ok(serving) => tokio::select! {
            ending = serve(platform, reporter, serving, endings) => ending,
            never = tell::ready(platform, reporter, time) => match never {},
        },
        Err(Halt::Ended(phase, Ending::Stop)) => {
            reporter.note(format!("the agent was stopped while {}; its next start goes on", phase.sentence()));
            return Outcome::Stopped;
        }
        Err(Halt::Ended(_, Ending::Shutdown(descent))) => Ending::Shutdown(descent),
        // An agent that was only started again ends what it served before; one whose release is new makes room for the old.
        Err(Halt::Ended(_, Ending::Terminate)) if has_served_here(platform, boot_file).await => Ending::Terminate,
        Err(Halt::Ended(phase, Ending::Terminate)) => {
            return Outcome::Drained(Err(aborted(platform, reporter, boot_file, phase).await));
        }
        Err(Halt::Failed(phase, error)) => return Outcome::Failed(error.into_failure(phase)),
    };
    match ending {
        Ending::Terminate => Outcome::Drained(drain(platform, reporter, boot_file).await),
        Ending::Shutdown(descent) => Outcome::ShutDown(descent),
        Ending::Stop => {
            reporter.note("the agent was stopped; the containers go on");
            Outcome::Stopped
        }
    }
}

/// An agent that was killed while it drained finds the order still standing.
async fn was_told_to_leave(platform: &Platform, reporter: &Reporter) -> bool {
    let Ok(facts) = platform.host.facts().await else { return false };
    let is_told = matches!(platform.host.notice().await, Ok(Notice::Terminate));
    if is_told {
        reporter.identified(&facts);
    }
    is_told
}

async fn has_served_here(platform: &Platform, boot_file: &BootFile) -> bool {
    let survey = hold(platform, None, Survey::take(platform, &Kin::new(boot_file))).await;
    // Draining tries again, can tell the two apart as well, and says so when Docker never answers.
    survey.map_or(true, |survey| has_served(&survey.own))
}

async fn aborted(platform: &Platform, reporter: &Reporter, boot_file: &BootFile, phase: Phase) -> Failure {
    // Whoever ended it may have lost patience over this.
    let waiting = reporter.last_note().map_or(String::new(), |note| format!(" ({note})"));
    reporter.note("aborted");
    let (_, after) = retreat(platform, boot_file).await;
    let reason = format!("aborted while {}{waiting}; {after}", phase.sentence());
    Failure { phase, reason, hint: None, container: None, exit_code: None, answer: None, log: Vec::new() }
}

#[cfg(test)]
mod tests;
