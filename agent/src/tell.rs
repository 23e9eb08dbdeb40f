//! Tells the fleet what has come of the release, as patiently as somebody may wait for it, and reports what came of that.

use std::convert::Infallible;
use std::time::Duration;

use jetway_common::report::{Failure, Phase};
use tokio::time::Instant;

use crate::attempt::{BootTime, Verdict, verdict};
use crate::error::StepError;
use crate::platform::{Fate, Left, Platform};
use crate::reporter::{Reporter, random};

/// Whoever waits for a boot waits this much longer than the boot may take: two minutes at least, and this leaves one for
/// the last call itself.
const AFTER_THE_BOOT: Duration = Duration::from_mins(1);
/// An instance that ends does not wait longer for somebody to hear that it has drained.
const AT_THE_END: Duration = Duration::from_mins(1);
/// With so many tries in vain, people are told that nobody takes it: their own patience may end before the agent's.
const LASTING: u32 = 3;

/// Says that the release serves; then waits for ever, so that it can go on beside serving and end with it.
pub async fn ready(platform: &Platform, reporter: &Reporter, time: BootTime) -> Infallible {
    let mut tries = 0;
    let told = persist(time.left() + AFTER_THE_BOOT, async || {
        tries += 1;
        let told = platform.fleet.ready().await;
        if let (Err(error), LASTING) = (&told, tries) {
            reporter.trouble(unheard(error));
        }
        told
    });
    if let Some(error) = told.await.err().filter(|_| tries < LASTING) {
        reporter.trouble(unheard(&error));
    }
    std::future::pending().await
}

/// Says that the release cannot run here. What comes of the instance, or why nobody knows.
pub async fn failed(platform: &Platform, left: Left, time: BootTime) -> Result<Fate, StepError> {
    persist(time.left() + AFTER_THE_BOOT, async || platform.fleet.failed(left).await).await
}

/// Says that nothing runs here any more.
pub async fn drained(platform: &Platform) -> Result<(), StepError> {
    persist(AT_THE_END, async || platform.fleet.drained().await).await
}

fn unheard(error: &StepError) -> Failure {
    let reason = format!("the release serves here, but {error}");
    StepError { reason, ..error.clone() }.into_failure(Phase::Ready)
}

/// Calls until it is taken, cannot be taken, or `limit` is over.
pub async fn persist<T>(limit: Duration, mut call: impl AsyncFnMut() -> Result<T, StepError>) -> Result<T, StepError> {
    let deadline = Instant::now() + limit;
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        match verdict(error.wait, tries, left, random().to_le_bytes()[0]) {
            Verdict::GiveUp => return Err(error),
            Verdict::Retry(pause) => {
                tracing::warn!("{error} (try {tries}, next in {:.1} s)", pause.as_secs_f64());
                tokio::time::sleep(pause).await;
            }
        }
    }
}
