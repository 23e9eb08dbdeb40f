//! The restarts of one container: whether there were so many of late that its looking well just now proves nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// So many restarts are a loop, however well the container answers in between ...
const MANY: usize = 3;
/// ... when they were within this time.
const WITHIN: Duration = Duration::from_mins(10);
/// A container that was restarted must stay up this long before anybody believes that it does.
const STEADY: Duration = Duration::from_secs(30);

/// The last restarts of one container.
#[derive(Default)]
pub(super) struct Restarts {
    last: VecDeque<Instant>,
    /// With what it exited last, if Docker told.
    exit_code: Option<i64>,
}

impl Restarts {
    /// It was started again.
    pub(super) fn note(&mut self) {
        self.last.push_back(Instant::now());
        if self.last.len() > MANY {
            self.last.pop_front();
        }
    }

    /// It exited.
    pub(super) fn exited(&mut self, code: i64) {
        self.exit_code = Some(code);
    }

    /// With what it exited last, if Docker told.
    pub(super) fn exit_code(&self) -> Option<i64> {
        self.exit_code
    }

    /// How long it has been up since it was restarted, while that is too short to believe in it.
    pub(super) fn unproved(&self) -> Option<Duration> {
        self.last.back().map(Instant::elapsed).filter(|up| *up < STEADY)
    }

    /// Why it is in a loop: restarted over and over, and not up since for twice as long as in between.
    pub(super) fn looping(&self) -> Option<String> {
        let (first, last) = (self.last.front()?, self.last.back()?);
        if self.last.len() < MANY || *last - *first > WITHIN {
            return None;
        }
        let gaps = self.last.iter().zip(self.last.iter().skip(1)).map(|(before, after)| *after - *before);
        let proof = gaps.max().map_or(STEADY, |longest| STEADY.max(longest * 2));
        let exit = self.exit_code.map_or(String::new(), |code| format!(", it last exited with code {code}"));
        let within = WITHIN.as_secs() / 60;
        (last.elapsed() < proof)
            .then(|| format!("does not stay up: restarted {MANY} times or more within {within} min{exit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The restarts of a container that was up for so many seconds each time.
    async fn after(ups: &[u64]) -> Restarts {
        let mut restarts = Restarts::default();
        for seconds in ups {
            tokio::time::advance(Duration::from_secs(*seconds)).await;
            restarts.note();
        }
        restarts
    }

    #[tokio::test(start_paused = true)]
    async fn three_restarts_within_ten_minutes_are_a_loop() {
        for (ups, is_loop) in [
            (&[][..], false),
            (&[4], false),
            (&[4, 4], false),
            (&[4, 4, 4], true),
            (&[9000, 4, 4], true),
            (&[4, 300, 300], true),
            (&[4, 300, 301], false),
            (&[4, 4, 4, 9000], false),
        ] {
            assert_eq!(after(ups).await.looping().is_some(), is_loop, "{ups:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_is_over_when_the_container_is_up_for_twice_as_long_as_in_between() {
        for (ups, proof) in [([4, 4, 4], 30), ([4, 240, 60], 480)] {
            let restarts = after(&ups).await;
            tokio::time::advance(Duration::from_secs(proof - 1)).await;
            assert!(restarts.looping().is_some(), "{ups:?}");
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(restarts.looping(), None, "{ups:?}");
        }
    }
}
