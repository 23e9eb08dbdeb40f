//! An instance without a valid boot file: the console is told why, and the stack, if the instance's own tags say which.

use std::time::Duration;

use aws_config::BehaviorVersion;
use jetway_common::console::ConsoleLine;
use jetway_common::report::{Failure, Phase};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use super::family::Family;
use super::imds::Metadata;
use super::patience::Patience;
use crate::error::StepError;
use crate::platform::{Fate, Supervision};
use crate::run::RunError;
use crate::{output, systemd, tell};

/// What a boot file is written from.
const USER_DATA: &str = "/latest/user-data";
/// How long somebody is tried to be told.
const LIMIT: Duration = Duration::from_mins(5);
/// How long a denial, or a missing tag, is taken for one that passes.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often to look whether there is a boot file now.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const ALIVE: Duration = Duration::from_secs(1);

/// An instance that does not know what to run.
pub struct Orphan {
    metadata: Metadata,
    denied: Patience,
    untagged: Patience,
}

/// Why it does not know, and what to do.
struct Plight {
    reason: String,
    hint: Option<String>,
}

impl Orphan {
    /// This machine. Nothing is asked yet.
    pub fn new() -> Self {
        Self::with(Metadata::new())
    }

    fn with(metadata: Metadata) -> Self {
        Self { metadata, denied: Patience::of(PATIENCE), untagged: Patience::of(PATIENCE) }
    }

    /// Says what is wrong, once, and stays: systemd would start the agent again, and each time it would signal again. Ends
    /// when the agent is told to, or when `is_mended`.
    pub async fn wait(&self, error: &RunError, is_mended: impl Fn() -> bool) {
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        let mut work = std::pin::pin!(async {
            self.plight(error).await.say();
            self.tell().await;
        });
        let (mut alive, mut look) = (tokio::time::interval(ALIVE), tokio::time::interval(LOOK_EVERY));
        let mut is_told = false;
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                () = &mut work, if !is_told => is_told = true,
                _ = alive.tick() => systemd::notify(Supervision::Alive),
                _ = look.tick() => if is_mended() { return },
            }
        }
    }

    /// A boot file that is not there has a cause that its absence does not tell.
    async fn plight(&self, error: &RunError) -> Plight {
        let (reason, hint) = (error.to_string(), error.hint());
        if !matches!(error, RunError::NoBootFile { .. }) {
            return Plight { reason, hint };
        }
        let (why, hint) = match self.metadata.get(USER_DATA).await {
            Ok(None) => ("this instance has no user data".to_owned(), hint),
            Ok(Some(_)) => {
                let hint = "cloud-init says why: cloud-init status --long; journalctl -u cloud-init";
                ("cloud-init has not written it from the user data of this instance".to_owned(), Some(hint.to_owned()))
            }
            Err(error) => (error.reason, error.hint.map(str::to_owned)),
        };
        Plight { reason: format!("{reason}: {why}"), hint }
    }

    async fn tell(&self) {
        match tell::persist(LIMIT, async || self.give_up().await).await {
            Ok(fate) => tracing::info!("{fate}"),
            Err(error) => tracing::warn!("nobody was told: {error}"),
        }
    }

    async fn give_up(&self) -> Result<Fate, StepError> {
        let family = Family::of(&self.metadata, &self.untagged).await?;
        family.hears_of_failure(aws_config::defaults(BehaviorVersion::latest()), &self.denied).await
    }
}

impl Plight {
    fn say(self) {
        output::error(&self.reason, self.hint.as_deref());
        systemd::notify(Supervision::Status(&format!("failed: {}", self.reason)));
        let failure = Failure {
            phase: Phase::Identify,
            reason: self.reason,
            hint: self.hint,
            container: None,
            exit_code: None,
            answer: None,
            log: Vec::new(),
        };
        let (at, phase) = (Timestamp::now(), Phase::Failed);
        let line = ConsoleLine { at, application: None, release: None, phase, failure: Some(failure) };
        output::data(&format!("{}\n", line.to_text()));
    }
}

impl Default for Orphan {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
