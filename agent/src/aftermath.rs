//! After a release has ended here: the fleet is told, and the agent stays where somebody else decides about the instance.

use std::time::Duration;

use jetway_common::boot_file::BootFile;
use jetway_common::report::Failure;

use crate::attempt::BootTime;
use crate::ending::{Ending, Endings};
use crate::hold::hold;
use crate::leave::{retreat, shut_down};
use crate::platform::{Fate, Hold, Left, Platform};
use crate::reporter::Reporter;
use crate::tell;

/// The fleet hears of a failure within half a minute. Containers may take longer to stop, and the report its time.
const HASTE: Duration = Duration::from_secs(10);
/// The pause before an agent whose containers go on serving ends, to be started again.
const PAUSE: Duration = Duration::from_mins(1);

/// What there is to do when a release has ended.
pub struct Aftermath<'a> {
    /// Where it ran.
    pub platform: &'a Platform,
    /// Its report.
    pub reporter: &'a Reporter,
    /// What it was.
    pub boot_file: &'a BootFile,
    /// What ends the agent.
    pub endings: Endings,
    /// The time that its boot had.
    pub time: BootTime,
}

impl Aftermath<'_> {
    /// After a boot that failed: its containers go, and the fleet hears of it. The failure, with what came of it.
    pub async fn of_failure(&mut self, failure: Failure) -> Failure {
        tracing::error!(phase = %failure.phase, "{}", failure.reason);
        if let Some(hint) = failure.hint.as_ref().filter(|_| self.platform.fleet.stays()) {
            tracing::info!("hint: {hint}");
        }
        // Containers may take their whole stop timeout to leave; the reason is known already.
        self.reporter.note(format!("{}; taking its containers away", failure.reason));
        let stays = self.platform.fleet.stays();
        let mut retreat = std::pin::pin!(retreat(self.platform, self.boot_file));
        let limit = if stays { HASTE } else { Duration::MAX };
        let (left, failure, fate) = if let Ok((left, after)) = tokio::time::timeout(limit, &mut retreat).await {
            let (failure, fate) = self.tell(failure, left, &after).await;
            (left, failure, fate)
        } else {
            let (failure, fate) = self.tell(failure, Left::Unknown, "its containers have not stopped yet").await;
            let (left, after) = retreat.await;
            self.reporter.note(after);
            (left, failure, fate)
        };
        if stays {
            self.stay(left, fate).await;
        }
        failure
    }

    async fn tell(&self, failure: Failure, left: Left, after: &str) -> (Failure, Option<Fate>) {
        tracing::info!("after the failure: {after}");
        let failure = Failure { reason: format!("{}; {after}", failure.reason), ..failure };
        self.reporter.failed(failure.clone());
        // Whoever is told acts on it, and the instance may be gone a moment later.
        self.reporter.flush().await;
        let told = hold(self.platform, None, tell::failed(self.platform, left, self.time)).await;
        let fate = told.as_ref().ok().copied();
        if fate != Some(Fate::Untold) {
            self.reporter.note(told.map_or_else(|error| error.to_string(), |fate| fate.to_string()));
        }
        (failure, fate)
    }

    /// Lets people look into the instance until it is told to leave. It is only held back while the stack decides: one that
    /// nobody was told of goes when its launch has taken too long.
    async fn stay(&mut self, left: Left, fate: Option<Fate>) {
        // The next start of the agent tries its boot once more, and finds an order to leave that comes now.
        let limit = if left == Left::Serving { PAUSE } else { Duration::MAX };
        let held = (fate == Some(Fate::StackDecides)).then_some(Hold::Launch);
        let ending = hold(self.platform, held, tokio::time::timeout(limit, self.endings.next())).await;
        match ending {
            Ok(Ending::Terminate) if left != Left::Serving => self.end().await,
            Ok(Ending::Shutdown(descent)) if left != Left::Nothing => {
                shut_down(self.platform, self.reporter, self.boot_file, descent).await;
            }
            _ => {}
        }
    }

    /// After the order to leave was obeyed, as far as it could be: the instance may end.
    pub async fn of_drain(&mut self, drained: Result<(), Failure>) -> Result<(), Failure> {
        if let Err(failure) = &drained {
            self.reporter.failed(failure.clone());
        }
        self.end().await;
        drained
    }

    async fn end(&mut self) {
        self.reporter.flush().await;
        if let Err(error) = hold(self.platform, None, tell::drained(self.platform)).await {
            self.reporter.note(error.to_string());
        }
        if self.platform.fleet.stays() {
            hold(self.platform, None, self.endings.stop()).await;
        }
    }
}
