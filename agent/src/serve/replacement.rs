//! Asks for another instance when the release does not recover on this one, for as long as nobody has heard.

use super::Server;
use crate::attempt::pause;
use crate::error::StepError;
use crate::illness::Sight;
use crate::reporter::random;

/// With so many tries in vain, people are told that nobody takes it: a call that is throttled passes sooner.
const LASTING: u32 = 3;

impl Server<'_> {
    /// An instance whose release does not recover is replaced by another one, which may. One try at most: the containers are
    /// looked after in between.
    pub(super) async fn replace_if_ill(&mut self) {
        let sight = self.watch.ill().map_or(Sight::Well, Sight::Ill);
        if sight == Sight::Well {
            self.unheard = 0;
        }
        let Some(reason) = self.illness.judge(&sight) else { return };
        if self.unheard == 0 {
            self.trouble(StepError::never(reason.as_str()));
            // The instance may be gone a moment after somebody is told.
            self.reporter.flush().await;
        }
        match self.platform.fleet.unhealthy().await {
            Ok(()) => {
                self.illness.heard();
                self.unheard = 0;
                self.reporter.note("unhealthy for too long; another instance is asked for");
            }
            Err(error) => self.postpone(&reason, error),
        }
    }

    fn postpone(&mut self, reason: &str, error: StepError) {
        self.unheard += 1;
        let pause = pause(self.unheard, random().to_le_bytes()[0]);
        self.illness.postpone(pause);
        tracing::warn!("not replaced: {error} (try {}, next in {:.1} s)", self.unheard, pause.as_secs_f64());
        if self.unheard == LASTING {
            let reason = format!("{reason}, and the instance is not replaced: {error}");
            self.trouble(StepError { reason, ..error });
        }
    }
}
