//! After ready: watches the containers until it is told to end. Everything that can wake it is in `Event`.

mod disk;
mod events;
mod replacement;

use std::path::PathBuf;
use std::time::Duration;

use events::{Event, Events};
use jetway_common::report::Phase;
use tokio::time::Instant;

use crate::attempt::pause;
use crate::config_files;
use crate::ending::{Ending, Endings};
use crate::error::{Evidence, StepError};
use crate::illness::{Illness, Sight};
use crate::one_off::Sweep;
use crate::platform::{Platform, Supervision};
use crate::predecessors::{self, Survey};
use crate::removal::last_lines;
use crate::reporter::{Reporter, random};
use crate::steps::probe::exit_cause;
use crate::steps::pull::{self, Images, pull};
use crate::steps::ready::ready;
use crate::steps::start::{Opened, start};
use crate::watch::{Looping, Watch};

/// Several things that happen at once are one reason to look.
const SETTLE: Duration = Duration::from_millis(300);
const REOPEN: Duration = Duration::from_secs(1);
const ALIVE: Duration = Duration::from_secs(1);
/// A store that hangs must not keep the agent from looking at what else there is.
const MEND_LIMIT: Duration = Duration::from_mins(15);

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
    /// The reason of the last trouble, while it lasts.
    trouble: Option<String>,
    /// A container that is restarted over and over was told of.
    is_looping: bool,
    failed_mends: u32,
    next_mend: Instant,
    illness: Illness,
    sweep: Sweep,
    /// How often nobody heard that it is ill.
    unheard: u32,
    /// Where Docker keeps its data, once it has said so.
    docker_root: Option<PathBuf>,
}

/// Keeps the release serving until told otherwise.
pub async fn serve(platform: &Platform, reporter: &Reporter, serving: Serving, endings: &mut Endings) -> Ending {
    let mut events = Events::new(platform, &serving.opened, endings);
    let mut server = Server::new(platform, reporter, serving);
    loop {
        platform.host.notify(Supervision::Alive);
        match events.next().await {
            Event::End(ending) => return ending,
            Event::Heartbeat => reporter.heartbeat(),
            // Said at the top of the loop, whatever woke it.
            Event::Alive => {}
            Event::Look => server.turn(endings, false).await,
            Event::Check => server.turn(endings, true).await,
            Event::Changed(change) => {
                tokio::time::sleep(SETTLE).await;
                for change in std::iter::once(change).chain(events.more_changes()) {
                    server.watch.heard(&change);
                }
                server.turn(endings, true).await;
            }
            Event::Deaf => {
                server.watch.hung_up();
                tokio::time::sleep(REOPEN).await;
                events.listen(platform, &server.serving.opened);
                server.turn(endings, true).await;
            }
        }
    }
}

impl<'a> Server<'a> {
    fn new(platform: &'a Platform, reporter: &'a Reporter, serving: Serving) -> Self {
        let (watch, next_mend) = (Watch::default(), Instant::now());
        let grace = serving.opened.record.http.as_ref().map_or(Duration::ZERO, |http| http.health.grace.duration());
        let illness = Illness::new(grace);
        Self {
            platform,
            reporter,
            serving,
            watch,
            has_retired: false,
            trouble: None,
            is_looping: false,
            failed_mends: 0,
            next_mend,
            illness,
            sweep: Sweep::default(),
            unheard: 0,
            docker_root: None,
        }
    }

    /// One look, and what it asks for; ends early when the agent is told to end.
    async fn turn(&mut self, endings: &mut Endings, asks: bool) {
        let (platform, reporter) = (self.platform, self.reporter);
        let mut work = std::pin::pin!(self.look_and_mend(asks));
        let mut alive = tokio::time::interval(ALIVE);
        let heartbeat = platform.heartbeat.duration();
        let mut heartbeats = tokio::time::interval_at(Instant::now() + heartbeat, heartbeat);
        loop {
            tokio::select! {
                () = &mut work => return,
                _ = endings.next() => return,
                _ = alive.tick() => platform.host.notify(Supervision::Alive),
                _ = heartbeats.tick() => reporter.heartbeat(),
            }
        }
    }

    async fn look_and_mend(&mut self, asks: bool) {
        let look = match self.watch.look(self.platform, &self.serving.opened, self.reporter, asks).await {
            Ok(look) => look,
            Err(error) => {
                self.illness.judge(&Sight::Unseen);
                return self.trouble(error.into());
            }
        };
        self.sweep.begin(self.platform, &look.survey);
        self.replace_if_ill().await;
        if !look.missing.is_empty() {
            if Instant::now() < self.next_mend {
                return;
            }
            let names: Vec<String> = look.missing.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            let mended = tokio::time::timeout(MEND_LIMIT, self.mend()).await;
            let too_long = || format!("{names} could not be brought back within {} s", MEND_LIMIT.as_secs());
            match mended.unwrap_or_else(|_| Err(StepError::later(too_long()))) {
                Ok(()) => self.reporter.note(format!("made or started again: {names}")),
                Err(error) => {
                    self.failed_mends += 1;
                    self.next_mend = Instant::now() + pause(self.failed_mends, random().to_le_bytes()[0]);
                    return self.trouble(error);
                }
            }
        }
        self.failed_mends = 0;
        self.is_looping &= look.looping.is_some();
        match (self.full_disk().await, look.looping) {
            (Some(error), _) => self.trouble(error),
            (None, Some(looping)) => self.does_not_stay_up(looping).await,
            (None, None) if self.watch.ill().is_none() => self.all_is_well(),
            (None, None) => {}
        }
        self.retire_once(&look.survey).await;
    }

    /// Says once for each loop what the container exits with, and what it wrote last.
    async fn does_not_stay_up(&mut self, Looping { container, id, reason, exit_code }: Looping) {
        if std::mem::replace(&mut self.is_looping, true) {
            return;
        }
        let Opened { record, redactor, .. } = &self.serving.opened;
        let log = last_lines(self.platform.engine.as_ref(), &id, redactor).await;
        let cause = exit_code.and_then(exit_cause).map(str::to_owned);
        let hint = cause.unwrap_or_else(|| format!("`jetway logs {}` shows its whole log", record.environment));
        let reason = format!("container `{container}` {reason}");
        let evidence = Evidence { container, exit_code, answer: None, log };
        self.trouble(StepError::never(reason).hint(hint).evidence(evidence));
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

    /// Reports and logs it once, however often it comes back.
    fn trouble(&mut self, error: StepError) {
        if self.trouble.as_ref() != Some(&error.reason) {
            self.trouble = Some(error.reason.clone());
            self.reporter.trouble(error.into_failure(Phase::Ready));
        }
    }

    fn all_is_well(&mut self) {
        if let Some(reason) = self.trouble.take() {
            self.reporter.over(&reason);
        }
    }
}

#[cfg(test)]
mod tests;
