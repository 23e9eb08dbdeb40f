//! After ready: watches the containers until it is told to end. Everything that can wake it is in `Event`.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use jetway_common::report::{Failure, Phase};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::config_files;
use crate::ending::{Ending, Endings};
use crate::error::StepError;
use crate::platform::{Platform, Supervision};
use crate::predecessors::{self, Survey};
use crate::reporter::Reporter;
use crate::steps::pull::{self, Images, pull};
use crate::steps::ready::ready;
use crate::steps::start::{Opened, start};
use crate::watch::Watch;

/// No health check is asked more often while serving.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Several things that happen at once are one reason to look.
const SETTLE: Duration = Duration::from_millis(300);
const REOPEN: Duration = Duration::from_secs(1);
const ALIVE: Duration = Duration::from_secs(1);
/// Looking must not hang for as long as a single call may.
const LOOK_LIMIT: Duration = Duration::from_secs(20);

/// Everything that can wake the agent while it serves.
enum Event {
    /// It is time to look.
    Tick,
    /// Something happened to a container.
    Changed,
    /// Docker stopped telling what happens.
    Deaf,
    /// It is time for a sign of life.
    Heartbeat,
    /// It is time to end.
    End(Ending),
}

/// A release that serves.
pub struct Serving {
    /// The release.
    pub opened: Opened,
    /// Its images.
    pub images: Images,
}

struct Server<'a> {
    platform: &'a Platform,
    reporter: &'a Reporter,
    serving: Serving,
    watch: Watch,
    has_retired: bool,
    has_trouble: bool,
}

/// Keeps the release serving until told otherwise.
pub async fn serve(platform: &Platform, reporter: &Reporter, serving: Serving, endings: &mut Endings) -> Ending {
    let interval =
        serving.opened.record.http.as_ref().map_or(SHORTEST_INTERVAL, |http| http.health.interval.duration());
    let mut events = Events {
        ticks: interval_of(interval.max(SHORTEST_INTERVAL)),
        heartbeats: interval_of(HEARTBEAT),
        changes: platform.engine.changes(&serving.opened.kin.labels),
        endings: endings.clone(),
    };
    let mut server =
        Server { platform, reporter, serving, watch: Watch::default(), has_retired: false, has_trouble: false };
    loop {
        platform.host.notify(Supervision::Alive);
        match events.next().await {
            Event::End(ending) => return ending,
            Event::Heartbeat => reporter.heartbeat(),
            Event::Tick => server.turn(endings).await,
            Event::Changed => {
                tokio::time::sleep(SETTLE).await;
                server.turn(endings).await;
            }
            Event::Deaf => {
                tokio::time::sleep(REOPEN).await;
                events.changes = platform.engine.changes(&server.serving.opened.kin.labels);
                server.turn(endings).await;
            }
        }
    }
}

struct Events {
    ticks: Interval,
    heartbeats: Interval,
    changes: BoxStream<'static, ()>,
    endings: Endings,
}

impl Events {
    async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            ending = self.endings.next() => Event::End(ending),
            _ = self.heartbeats.tick() => Event::Heartbeat,
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

impl Server<'_> {
    /// One look, and what it asks for; ends early when the agent is told to end.
    async fn turn(&mut self, endings: &mut Endings) {
        let host = self.platform.host.clone();
        let mut work = std::pin::pin!(self.look_and_mend());
        let mut alive = tokio::time::interval(ALIVE);
        loop {
            tokio::select! {
                () = &mut work => return,
                _ = endings.next() => return,
                _ = alive.tick() => host.notify(Supervision::Alive),
            }
        }
    }

    async fn look_and_mend(&mut self) {
        let look = self.watch.look(self.platform, &self.serving.opened, self.reporter);
        let look = match tokio::time::timeout(LOOK_LIMIT, look).await {
            Ok(Ok(look)) => look,
            Ok(Err(error)) => return self.trouble(error.into()),
            Err(_) => {
                return self.trouble(StepError::later(format!("Docker did not answer for {} s", LOOK_LIMIT.as_secs())));
            }
        };
        if !look.missing.is_empty() {
            let names: Vec<String> = look.missing.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            match self.mend().await {
                Ok(()) => self.reporter.note(format!("made or started again: {names}")),
                Err(error) => return self.trouble(error),
            }
        }
        self.all_is_well();
        self.retire_once(&look.survey).await;
    }

    /// Brings back what is missing. The store is only asked when Docker lost the image as well.
    async fn mend(&mut self) -> Result<(), StepError> {
        let Serving { opened, images } = &mut self.serving;
        if !pull::are_present(self.platform, images).await? {
            *images = pull(self.platform, self.reporter, &opened.record).await?;
        }
        start(self.platform, opened, images).await?;
        Ok(ready(self.platform, &opened.kin).await?)
    }

    /// Ours serve, so nobody has to be brought back any more.
    async fn retire_once(&mut self, survey: &Survey) {
        if self.has_retired {
            return;
        }
        let opened = &self.serving.opened;
        let keep: Vec<_> = survey.others.keys().copied().collect();
        let repository = pull::repository(&opened.record.environment, &opened.record.application);
        if predecessors::retire(self.platform, survey).await.is_ok() {
            config_files::remove(&self.platform.run_dir, &opened.record.application, Some(opened.record.release));
            pull::forget_images(self.platform, &repository, Some(opened.record.release), &keep).await;
            self.has_retired = true;
        }
    }

    fn trouble(&mut self, error: StepError) {
        self.has_trouble = true;
        let failure: Failure = error.into_failure(Phase::Ready);
        self.reporter.trouble(Some(failure));
    }

    fn all_is_well(&mut self) {
        if self.has_trouble {
            tracing::info!("the trouble is over");
            self.has_trouble = false;
        }
    }
}
