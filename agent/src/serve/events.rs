//! Everything that can wake the agent while it serves.

use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::ending::{Ending, Endings};
use crate::engine::facts::Change;
use crate::platform::Platform;
use crate::steps::start::Opened;

/// Nobody looks more often while serving, nor asks a health check. It takes two looks to see that a container is down,
/// so one that nobody tells of is back within ten seconds.
const LOOKS: Duration = Duration::from_secs(5);
/// A health check may come more seldom than the supervisor waits for a sign of life.
const IDLE_ALIVE: Duration = Duration::from_secs(10);

/// Everything that can wake the agent while it serves.
pub(super) enum Event {
    /// It is time to look at the containers.
    Look,
    /// It is time to ask the health check as well.
    Check,
    /// Something happened to a container.
    Changed(Change),
    /// Docker stopped telling what happens.
    Deaf,
    /// It is time for a sign of life to whoever reads reports.
    Heartbeat,
    /// It is time for a sign of life to the supervisor.
    Alive,
    /// It is time to end.
    End(Ending),
}

/// Where they come from.
pub(super) struct Events {
    ticks: Interval,
    /// How many ticks there are until the next check.
    until_check: u32,
    ticks_per_check: u32,
    heartbeats: Interval,
    signs: Interval,
    changes: BoxStream<'static, Change>,
    endings: Endings,
}

impl Events {
    pub(super) fn new(platform: &Platform, opened: &Opened, endings: &Endings) -> Self {
        let interval = opened.record.http.as_ref().map_or(LOOKS, |http| http.health.interval.duration()).max(LOOKS);
        let ticks_per_check = u32::try_from(interval.as_secs().div_ceil(LOOKS.as_secs())).unwrap_or(u32::MAX);
        Self {
            ticks: interval_of(interval / ticks_per_check),
            until_check: 0,
            ticks_per_check,
            heartbeats: interval_of(platform.heartbeat.duration()),
            signs: interval_of(IDLE_ALIVE),
            changes: platform.engine.changes(&opened.kin.labels),
            endings: endings.clone(),
        }
    }

    /// Listens to Docker anew.
    pub(super) fn listen(&mut self, platform: &Platform, opened: &Opened) {
        self.changes = platform.engine.changes(&opened.kin.labels);
    }

    /// What Docker has told by now beside the first change: one reason to look.
    pub(super) fn more_changes(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.changes.next().now_or_never().flatten()).collect()
    }

    pub(super) async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            ending = self.endings.next() => Event::End(ending),
            _ = self.heartbeats.tick() => Event::Heartbeat,
            _ = self.signs.tick() => Event::Alive,
            _ = self.ticks.tick() => self.tick(),
            change = self.changes.next() => change.map_or(Event::Deaf, Event::Changed),
        }
    }

    fn tick(&mut self) -> Event {
        let is_due = self.until_check == 0;
        self.until_check = if is_due { self.ticks_per_check } else { self.until_check } - 1;
        if is_due { Event::Check } else { Event::Look }
    }
}

fn interval_of(period: Duration) -> Interval {
    let mut interval = tokio::time::interval_at(Instant::now(), period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
