//! Follows one launch through what the fleet sees and what its instances report, and judges it.

mod cause;
mod since;
mod verdict;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::current::{Pending, Stage};
use jetway_common::name::InstanceId;
use jetway_common::report::{BootReport, Phase};
use jetway_common::seconds::Seconds;
use jiff::Timestamp;
use tokio::time::Instant;

pub use self::cause::failure_of;
use self::cause::{end_of, has_images_of, last_heard, with_wait};
pub use self::since::Since;
pub use self::verdict::Verdict;
use self::view::View;
use crate::error::{Exit, exit_of};
use crate::fleet::{Aim, Failed, Members, Overdue, Sight, Standing};
use crate::releases::{self, StoredRelease};
use crate::reports::{self, Reports};
use crate::session::{Session, Target};

/// How much later than the agent this command gives up: the agent's own reason is the better one.
const SLACK: Seconds = Seconds(30);

/// How long to wait for the verdict on a launch whose agent was given `timeout`.
pub fn limit(timeout: Seconds) -> Seconds {
    Seconds(timeout.0.saturating_add(SLACK.0))
}

/// Whether a report tells of now.
pub fn is_fresh(report: &BootReport) -> bool {
    report.is_fresh(Timestamp::now())
}

/// A launch that is being followed.
pub struct Watch<'a> {
    session: &'a Session,
    target: &'a Target,
    release: &'a StoredRelease,
    since: Since,
    aim: Aim,
    /// When its time is over; before, what is not healthy yet has not failed.
    due: Timestamp,
    /// When each instance's report was written that was seen first.
    heard: BTreeMap<InstanceId, Timestamp>,
    /// What was waited for last.
    coming: Option<String>,
    /// Whether an instance was told to end when the fleet was looked at last.
    is_ending: bool,
    /// Where a launch in progress is shown; none if it is a live release that is brought back.
    view: Option<View<'a>>,
}

impl<'a> Watch<'a> {
    /// Follows the launch in progress of `release`, which `since` tells from those before.
    pub fn new(session: &'a Session, target: &'a Target, release: &'a StoredRelease, since: Since) -> Self {
        let view = View::new(&session.printer, release.record.machine.is_some());
        Self { view: Some(view), ..Self::restored(session, target, release, since) }
    }

    /// Follows a live release whose number of instances is changed.
    pub fn scaled(session: &'a Session, target: &'a Target, release: &'a StoredRelease, since: Since) -> Self {
        Self { aim: Aim::Scale, ..Self::new(session, target, release, since) }
    }

    /// Follows a live release that is brought back, and shows nothing.
    pub fn restored(session: &'a Session, target: &'a Target, release: &'a StoredRelease, since: Since) -> Self {
        Self {
            session,
            target,
            release,
            since,
            aim: Aim::Serve,
            due: Timestamp::MIN,
            heard: BTreeMap::new(),
            coming: None,
            is_ending: false,
            view: None,
        }
    }

    /// The same with a time of its own, which may end after the patience of whoever watches.
    #[must_use]
    pub fn due_at(self, due: Timestamp) -> Self {
        Self { due, ..self }
    }

    /// Waits up to `limit` for the verdict.
    pub async fn verdict(mut self, limit: Duration) -> anyhow::Result<Verdict> {
        let deadline = Instant::now() + limit;
        let mut follow = self.session.fleet().follow(&self.release.record, self.aim);
        let mut last = Reports::default();
        loop {
            // A poll that fails decides nothing: the next one may tell more.
            match self.reports().await {
                Ok(reports) => last = reports,
                Err(error) => tracing::warn!("could not read the boot reports: {error:#}"),
            }
            let sight = match follow.look().await {
                Ok(sight) => Some(sight),
                // No later look can tell more; the launch goes on without this command.
                Err(error) if exit_of(&error) == Exit::Unknown => return Err(error),
                Err(error) => {
                    tracing::warn!("could not see the instances: {error:#}");
                    None
                }
            };
            self.show(&last, sight.as_ref());
            if let Some(verdict) = self.judge(&last.readable, sight).await {
                return Ok(verdict);
            }
            if self.is_overtaken().await {
                return Ok(Verdict::Overtaken);
            }
            if Instant::now() >= deadline {
                let known = match follow.overdue().await {
                    Overdue::Failed(failed) if Timestamp::now() >= self.due => return Ok(Verdict::Failed(failed)),
                    Overdue::Failed(failed) => vec![failed.failure.reason],
                    Overdue::Unknown(known) => known,
                };
                return Ok(Verdict::Unknown(last_heard(&self.release.record, &last).chain(known).collect()));
            }
            tokio::time::sleep(follow.pause()).await;
        }
    }

    /// All reports of the release; of those that began before this launch, only an instance that is still there counts.
    async fn reports(&mut self) -> anyhow::Result<Reports> {
        let reports = reports::read(self.session.store(), self.target, self.release.record.release).await?;
        for report in &reports.readable {
            self.heard.entry(report.instance.clone()).or_insert(report.updated_at);
        }
        Ok(reports)
    }

    fn show(&mut self, reports: &Reports, sight: Option<&Sight>) {
        let Some(view) = &mut self.view else { return };
        let coming = match sight.map(|sight| &sight.standing) {
            Some(Standing::Coming(what)) => Some(what.clone()),
            _ => reports.sentences().next(),
        };
        let own = reports.readable.iter().filter(|report| self.since.is_later(report));
        view.show(sight.map_or(&[], |sight| &sight.news), own, coming.as_deref());
    }

    async fn judge(&mut self, reports: &[BootReport], sight: Option<Sight>) -> Option<Verdict> {
        let standing = sight.map(|sight| sight.standing);
        if let Some(Standing::Coming(what)) = &standing {
            self.coming = Some(what.clone());
        }
        let members = if let Some(Standing::Complete(members)) = &standing { Some(members) } else { None };
        if let Some(failed) = self.first(reports, members, failure_of) {
            return Some(Verdict::Failed(Box::new(failed)));
        }
        match standing? {
            Standing::Coming(_) => self.ended_before(reports).map(|ended| Verdict::Failed(Box::new(ended))),
            Standing::Complete(members) => match self.first(reports, Some(&members), end_of) {
                Some(ended) => Some(Verdict::Failed(Box::new(self.with_coming(ended)))),
                None => self.healthy(reports, &members).map(Verdict::Healthy),
            },
            Standing::Failed(failed) => {
                // An instance's own reason is the cause of what the fleet sees; it may have come just now.
                let reports = self.reports().await.unwrap_or_default();
                let own = self.first(&reports.readable, None, failure_of).map(Box::new);
                Some(Verdict::Failed(own.unwrap_or_else(|| with_wait(failed, &reports.readable))))
            }
        }
    }

    /// What `told` makes of the reports, of which the oldest counts.
    fn first(
        &self,
        reports: &[BootReport],
        members: Option<&Members>,
        told: impl Fn(&BootReport) -> Option<Failed>,
    ) -> Option<Failed> {
        let is_member = |report: &BootReport| match members {
            Some(Members::Each(instances)) => instances.contains(&report.instance),
            _ => false,
        };
        let mut own: Vec<&BootReport> =
            reports.iter().filter(|report| self.since.is_later(report) || is_member(report)).collect();
        own.sort_by_key(|report| report.updated_at);
        own.into_iter().find_map(told)
    }

    /// An instance that was told to end before this look, and of which the fleet still does not say why.
    fn ended_before(&mut self, reports: &[BootReport]) -> Option<Failed> {
        let ended = self.first(reports, None, end_of);
        let was_ending = std::mem::replace(&mut self.is_ending, ended.is_some());
        Some(self.with_coming(ended.filter(|_| was_ending)?))
    }

    /// Whoever told an instance to end had seen why.
    fn with_coming(&self, mut ended: Failed) -> Failed {
        if let Some(coming) = &self.coming {
            ended.failure.reason = format!("{}; before that: {coming}", ended.failure.reason);
        }
        ended
    }

    /// The reports of all instances, if each is ready.
    fn healthy(&self, reports: &[BootReport], members: &Members) -> Option<Vec<BootReport>> {
        let ready = |report: &&BootReport| report.phase == Phase::Ready && self.runs_the_release(report);
        match members {
            Members::ThisMachine => {
                let own = reports.iter().filter(|report| self.since.is_later(report));
                let ready: Vec<_> = own.filter(ready).cloned().collect();
                (!ready.is_empty()).then_some(ready)
            }
            Members::Each(instances) => {
                let of = |instance: &InstanceId| reports.iter().find(|report| report.instance == *instance);
                let ready = |instance| of(instance).filter(ready).filter(|report| self.tells_of_now(report)).cloned();
                instances.iter().map(ready).collect()
            }
        }
    }

    /// An instance that was there before the launch must have been heard since, by whichever clock.
    fn tells_of_now(&self, report: &BootReport) -> bool {
        let is_newer = self.heard.get(&report.instance).is_some_and(|first| report.updated_at != *first);
        self.since.is_later(report) || is_newer || is_fresh(report)
    }

    /// Success is only what reports this release and the digest of each of its images.
    fn runs_the_release(&self, report: &BootReport) -> bool {
        let record = &self.release.record;
        report.release == record.release && has_images_of(record, report)
    }

    /// Whether another command has concluded or cancelled the launch in progress.
    async fn is_overtaken(&self) -> bool {
        let name = self.release.record.release;
        let current = releases::current(self.session.store(), &self.target.keys).await;
        let is_ours = |pending: Pending| pending.release == name && pending.stage == Stage::Launched;
        self.aim == Aim::Serve
            && self.view.is_some()
            && current.is_ok_and(|current| !current.pending.is_some_and(is_ours))
    }
}
