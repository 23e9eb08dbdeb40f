//! What a probe knows of one container, and what it is still waiting for.

use std::fmt;
use std::time::Duration;

use jetway_common::name::ContainerName;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::engine::facts::ContainerFacts;

/// A container with a health check must answer well for this long, every time, and not be restarted meanwhile: whoever hears
/// that a release is ready takes the one before out of service. It serves already, so this is no part of how long a boot
/// takes to the first answer. What crashes later is found while serving (`watch/restarts.rs`).
const STEADY: Duration = Duration::from_secs(3);
const GOOD_ANSWERS: u32 = 2;

/// What is known of one container while it is probed.
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) started_at: Option<Timestamp>,
    pub(super) since: Instant,
    /// When it first answered well, of all the good answers in a row.
    pub(super) good_since: Option<Instant>,
    pub(super) good: u32,
    /// It has served before this agent, and been up for long enough.
    pub(super) has_proved: bool,
    pub(super) answer: Option<String>,
    pub(super) is_healthy: bool,
}

/// What the first container that is not healthy is waiting for.
pub(super) struct Waiting {
    pub(super) container: Option<ContainerName>,
    pub(super) answer: String,
    /// It is well, and only has to stay so.
    pub(super) settles: bool,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.container {
            Some(container) => write!(f, "{container}: {}", self.answer),
            None => f.write_str(&self.answer),
        }
    }
}

impl Waiting {
    pub(super) fn new(container: &ContainerName, answer: String, settles: bool) -> Self {
        Self { container: Some(container.clone()), answer, settles }
    }
}

impl Seen {
    pub(super) fn of(found: &ContainerFacts) -> Self {
        let (id, started_at) = (found.id.clone(), found.started_at);
        let up = found.started_at.and_then(|at| Duration::try_from(Timestamp::now().duration_since(at)).ok());
        let has_proved = found.always && up.is_some_and(|up| up >= STEADY);
        let since = Instant::now();
        Self { id, started_at, since, good_since: None, good: 0, has_proved, answer: None, is_healthy: false }
    }

    pub(super) fn waiting(&self, container: &ContainerName) -> Waiting {
        let settles = self.answer.is_none() || self.good > 0;
        let answer = self.answer.as_deref().unwrap_or("running");
        let answer = if settles { format!("{answer}, settling") } else { answer.to_owned() };
        Waiting::new(container, answer, settles)
    }

    /// Takes one more answer of the health check.
    pub(super) fn answered(&mut self, is_good: bool, answer: String) {
        self.good = if is_good { self.good + 1 } else { 0 };
        self.good_since = if is_good { self.good_since.or_else(|| Some(Instant::now())) } else { None };
        let is_steady = self.has_proved || self.good_since.is_some_and(|since| since.elapsed() >= STEADY);
        self.is_healthy = self.good >= GOOD_ANSWERS && is_steady;
        self.answer = Some(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::serving;

    /// Answers four times a second; after how many milliseconds it was healthy first.
    async fn healthy_after(found: &ContainerFacts, answers: impl IntoIterator<Item = bool>) -> Option<u128> {
        let (mut seen, began) = (Seen::of(found), Instant::now());
        for is_good in answers {
            seen.answered(is_good, String::new());
            if seen.is_healthy {
                return Some(began.elapsed().as_millis());
            }
            tokio::time::advance(Duration::from_millis(250)).await;
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_is_healthy_when_it_has_answered_well_for_three_seconds() {
        let new = ContainerFacts { always: false, ..serving("v1-web", "v1") };
        assert_eq!(healthy_after(&new, [true; 100]).await, Some(3000));
        let answers = |good: usize| [vec![true; good], vec![false], vec![true; 100]].concat();
        assert_eq!(healthy_after(&new, answers(8)).await, Some(5250));
        assert_eq!(healthy_after(&new, [true, true, true, false].repeat(100)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_served_for_long_has_proved_it_to_an_agent_that_was_started_again() {
        let old = serving("v1-web", "v1");
        assert_eq!(healthy_after(&old, [true; 100]).await, Some(250));
        let restarted = ContainerFacts { started_at: Some(Timestamp::now()), ..old };
        assert_eq!(healthy_after(&restarted, [true; 100]).await, Some(3000));
    }
}
