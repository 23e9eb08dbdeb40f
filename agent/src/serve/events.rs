//! Everything that can wake the agent while it serves.

use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::ending::{Ending, Endings};
use crate::platform::Platform;
use crate::steps::start::Opened;

/// No health check is asked more often while serving.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);
/// A health check may come more seldom than the supervisor waits for a sign of life.
const IDLE_ALIVE: Duration = Duration::from_secs(10);

/// Everything that can wake the agent while it serves.
pub(super) enum Event {
    /// It is time to look.
    Tick,
    /// Something happened to a container.
    Changed,
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
    heartbeats: Interval,
    signs: Interval,
    changes: BoxStream<'static, ()>,
    endings: Endings,
}

impl Events {
    pub(super) fn new(platform: &Platform, opened: &Opened, endings: &Endings) -> Self {
        let interval = opened.record.http.as_ref().map_or(SHORTEST_INTERVAL, |http| http.health.interval.duration());
        Self {
            ticks: interval_of(interval.max(SHORTEST_INTERVAL)),
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

    /// Takes what Docker has told by now for one reason to look.
    pub(super) fn forget_changes(&mut self) {
        while let Some(Some(())) = self.changes.next().now_or_never() {}
    }

    pub(super) async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            ending = self.endings.next() => Event::End(ending),
            _ = self.heartbeats.tick() => Event::Heartbeat,
            _ = self.signs.tick() => Event::Alive,
            _ = self.ticks.tick() => Event::Tick,
            change = self.changes.next() => if change.is_some() { Event::Changed } else { Event::Deaf },
        }
    }
}

fn interval_of(period: Duration) -> Interval {
    let mut interval = tokio::time::interval_at(Instant::now(), period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
