//! The only loop around a step: report the phase, run, decide, wait or stop. `verdict` decides and is pure.

use std::time::Duration;

use jetway_common::report::Phase;
use tokio::time::Instant;

use crate::ending::{Ending, Endings};
use crate::error::{StepError, Wait};
use crate::failpoint;
use crate::platform::{Platform, Supervision};
use crate::reporter::{Reporter, random};

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Less than this is no time to try once more.
const TOO_LATE: Duration = Duration::from_millis(200);
/// How often a running step counts as a sign of life for systemd's watchdog.
const ALIVE: Duration = Duration::from_secs(1);

/// What to do after an error.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wait this long, then run the step again.
    Retry(Duration),
    /// Waiting cannot help, or there is no time left.
    GiveUp,
}

/// Decides whether a step is run again. `chance` from 0 to 255 spreads the pauses of many instances.
pub fn verdict(wait: Wait, tries: u32, left: Duration, chance: u8) -> Verdict {
    if wait == Wait::Never {
        return Verdict::GiveUp;
    }
    // The last try must happen before the deadline, not at it.
    let pause = pause(tries, chance).min(left / 2);
    if pause < TOO_LATE { Verdict::GiveUp } else { Verdict::Retry(pause) }
}

/// How long to wait after so many tries: twice as long each time, and at random from the half to the whole of it.
pub fn pause(tries: u32, chance: u8) -> Duration {
    let full = Duration::from_secs(1 << tries.saturating_sub(1).min(6)).min(LONGEST_PAUSE);
    full / 2 + full * u32::from(chance) / 510
}

/// Why the boot did not come to its end.
#[derive(Debug)]
pub enum Halt {
    /// A step gave up.
    Failed(Phase, StepError),
    /// Somebody ended it from outside.
    Ended(Phase, Ending),
}

/// How long the boot may take, and until when.
#[derive(Debug, Clone, Copy)]
pub struct BootTime {
    limit: Duration,
    deadline: Instant,
}

impl BootTime {
    /// A boot that may take `limit`, of which `spent` is gone. When all of it is gone, an earlier agent has used it, and
    /// this one begins anew.
    pub fn begin(limit: Duration, spent: Duration) -> Self {
        let left = limit.checked_sub(spent).filter(|left| !left.is_zero()).unwrap_or(limit);
        Self { limit, deadline: Instant::now() + left }
    }

    /// What is left of it.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Runs steps until they succeed or the boot's time is over.
pub struct Attempts {
    reporter: Reporter,
    platform: Platform,
    endings: Endings,
    time: BootTime,
}

impl Attempts {
    /// Steps that together may take `time`.
    pub fn new(platform: &Platform, reporter: &Reporter, endings: &Endings, time: BootTime) -> Self {
        let (platform, reporter, endings) = (platform.clone(), reporter.clone(), endings.clone());
        Self { reporter, platform, endings, time }
    }

    /// Runs one step of the boot until it succeeds, cannot succeed, or is ended.
    pub async fn attempt<T>(
        &mut self,
        phase: Phase,
        mut step: impl AsyncFnMut() -> Result<T, StepError>,
    ) -> Result<T, Halt> {
        self.reporter.enter(phase);
        let (mut tries, mut last) = (0, None);
        loop {
            tries += 1;
            let error = match self.unless_ended(phase, step(), last.take()).await? {
                Ok(value) => {
                    failpoint::reach(&format!("after:{phase}"));
                    return Ok(value);
                }
                Err(error) => error,
            };
            match verdict(error.wait, tries, self.time.left(), random().to_le_bytes()[0]) {
                Verdict::GiveUp => return Err(Halt::Failed(phase, self.last_word(error, tries))),
                Verdict::Retry(pause) => {
                    self.reporter.note(waiting_note(&error, tries, pause));
                    let pause = async {
                        tokio::time::sleep(pause).await;
                        Ok(())
                    };
                    // A pause ends before the deadline, so it can only be ended from outside.
                    let _: Result<(), StepError> = self.unless_ended(phase, pause, None).await?;
                    last = Some(error);
                }
            }
        }
    }

    async fn unless_ended<T>(
        &mut self,
        phase: Phase,
        work: impl Future<Output = Result<T, StepError>>,
        last: Option<StepError>,
    ) -> Result<Result<T, StepError>, Halt> {
        let mut work = std::pin::pin!(work);
        let mut alive = tokio::time::interval(ALIVE);
        loop {
            tokio::select! {
                biased;
                ending = self.endings.next() => return Err(Halt::Ended(phase, ending)),
                done = &mut work => return Ok(done),
                () = tokio::time::sleep_until(self.time.deadline) => {
                    // What was tried once more in vain has a better reason than the time that it took.
                    return Ok(Err(last.unwrap_or_else(|| self.out_of_time(phase))));
                }
                _ = alive.tick() => self.platform.host.notify(Supervision::Alive),
            }
        }
    }

    fn out_of_time(&self, phase: Phase) -> StepError {
        let seconds = self.time.limit.as_secs();
        StepError::never(format!(
            "the boot took longer than the {seconds} s it may take: it was still {}",
            phase.sentence()
        ))
        .hint("look at the note of that phase; a longer time is a setting of the deploy")
    }

    fn last_word(&self, mut error: StepError, tries: u32) -> StepError {
        if error.wait == Wait::Later {
            let seconds = self.time.limit.as_secs();
            error.reason = format!("{} (gave up after {tries} tries, the boot may take {seconds} s)", error.reason);
        }
        error
    }
}

fn waiting_note(error: &StepError, tries: u32, pause: Duration) -> String {
    format!("{error} (try {tries}, next in {:.1} s)", pause.as_secs_f64())
}

#[cfg(test)]
pub(crate) mod tests;
