//! Follows one launch through the boot reports of its instances, shows it, and judges it.

use std::collections::BTreeSet;
use std::time::Duration;

use jetway_common::name::InstanceId;
use jetway_common::report::{BootReport, Failure, Phase, PhaseReport};
use jetway_common::seconds::Seconds;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::printer::{Printer, harmless};
use crate::progress::Step;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};

/// How often the reports are read.
const POLL: Duration = Duration::from_millis(150);
/// How long an agent may be gone before it is started again; systemd waits as long.
const REVIVE_AFTER: Duration = Duration::from_secs(1);
/// How often an agent is started again that dies without giving a reason.
const MOST_REVIVALS: u32 = 5;
/// How much later than the agent this command gives up: the agent's own reason is the better one.
const SLACK: Seconds = Seconds(30);

/// How long to wait for the verdict on a launch whose agent was given `timeout`.
pub fn limit(timeout: Seconds) -> Seconds {
    Seconds(timeout.0.saturating_add(SLACK.0))
}

/// What became of a launch.
#[derive(Debug)]
pub enum Verdict {
    /// Every instance runs this release, and is healthy.
    Healthy(Vec<BootReport>),
    /// It certainly will not come to anything. Boxed, for it is many times larger than the others.
    Failed(Box<Failed>),
    /// Nothing certain is known; the sentence tells what was last heard.
    Unknown(String),
}

/// Why a launch failed, and where.
#[derive(Debug)]
pub struct Failed {
    /// The instance that failed first, if one got so far as to say so.
    pub instance: Option<InstanceId>,
    /// Why.
    pub failure: Failure,
}

/// What tells the boots of a launch from those before it.
pub enum Since {
    /// They are not among these, which were there before: no clock is asked.
    Boots(BTreeSet<String>),
    /// They began at this time or later; whoever did not see the launch begin knows no better.
    Time(Timestamp),
}

impl Since {
    /// To be asked before `release` is launched. An old report that cannot be read must not keep it from that.
    pub async fn now(session: &Session, target: &Target, release: &StoredRelease) -> Self {
        match releases::reports(session.store(), &target.keys, release.record.release).await {
            Ok(reports) => Self::Boots(reports.into_iter().map(|report| report.boot).collect()),
            Err(_) => Self::Time(Timestamp::now()),
        }
    }

    fn is_later(&self, report: &BootReport) -> bool {
        match self {
            Self::Boots(earlier) => !earlier.contains(&report.boot),
            Self::Time(time) => report.history.first().is_some_and(|first| first.at >= *time),
        }
    }
}

/// A launch that is being followed.
pub struct Watch<'a> {
    session: &'a Session,
    target: &'a Target,
    release: &'a StoredRelease,
    since: Since,
    gone_since: Option<Instant>,
    revivals: u32,
    view: View<'a>,
}

impl<'a> Watch<'a> {
    /// Follows the launch of `release` that `since` tells from those before.
    pub fn new(session: &'a Session, target: &'a Target, release: &'a StoredRelease, since: Since) -> Self {
        let view = View { printer: &session.printer, silent: false, shown: 0, boot: String::new(), step: None };
        Self { session, target, release, since, gone_since: None, revivals: 0, view }
    }

    /// The same without showing the phases.
    pub fn quiet(session: &'a Session, target: &'a Target, release: &'a StoredRelease, since: Since) -> Self {
        let mut watch = Self::new(session, target, release, since);
        watch.view.silent = true;
        watch
    }

    /// Waits up to `limit` for the verdict.
    pub async fn verdict(mut self, limit: Duration) -> anyhow::Result<Verdict> {
        let deadline = Instant::now() + limit;
        let mut last = Vec::new();
        loop {
            // A poll that fails decides nothing: the next one may tell more.
            match self.reports().await {
                Ok(reports) => last = reports,
                Err(error) => tracing::warn!("could not read the boot reports: {error:#}"),
            }
            for report in &last {
                self.view.show(report);
            }
            if let Some(verdict) = self.judge(&last) {
                return Ok(verdict);
            }
            if let Some(failed) = self.keep_going().await? {
                return Ok(Verdict::Failed(Box::new(failed)));
            }
            if Instant::now() >= deadline {
                return Ok(Verdict::Unknown(last_heard(&last)));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The reports that speak of this launch, not of an earlier one of the same release.
    async fn reports(&self) -> anyhow::Result<Vec<BootReport>> {
        let release = self.release.record.release;
        let mut reports = releases::reports(self.session.store(), &self.target.keys, release).await?;
        reports.retain(|report| self.since.is_later(report));
        Ok(reports)
    }

    fn judge(&self, reports: &[BootReport]) -> Option<Verdict> {
        if let Some(failed) = reports.iter().find_map(failure_of) {
            return Some(Verdict::Failed(Box::new(failed)));
        }
        let healthy = reports.iter().filter(|report| report.phase == Phase::Ready && self.runs_the_release(report));
        let expected = self.session.fleet().instances(&self.release.record);
        (healthy.count() >= expected).then(|| Verdict::Healthy(reports.to_vec()))
    }

    /// Success is only what reports this release and the digest of each of its images.
    fn runs_the_release(&self, report: &BootReport) -> bool {
        let record = &self.release.record;
        let pinned = record.containers.iter().map(|(name, container)| (name, &container.image.manifest));
        report.release == record.release && pinned.eq(&report.images)
    }

    async fn keep_going(&mut self) -> anyhow::Result<Option<Failed>> {
        let (fleet, application) = (self.session.fleet(), &self.target.application);
        if fleet.is_alive(application).await? {
            self.gone_since = None;
            return Ok(None);
        }
        let gone_since = *self.gone_since.get_or_insert_with(Instant::now);
        if gone_since.elapsed() < REVIVE_AFTER {
            return Ok(None);
        }
        if self.revivals == MOST_REVIVALS {
            let reason = format!("the agent ended {} times without giving a reason", self.revivals + 1);
            return Ok(Some(silent_failure(reason, format!("look into {}", fleet.agent_log(application)))));
        }
        self.revivals += 1;
        self.gone_since = None;
        tracing::warn!("the agent is gone, starting it again");
        fleet.revive(application).await?;
        Ok(None)
    }
}

/// Why an instance cannot come to run its release, if that is so.
pub fn failure_of(report: &BootReport) -> Option<Failed> {
    let failure = match report.phase {
        Phase::Failed => report.failure.clone().unwrap_or_else(|| reasonless(report.phase)),
        Phase::Draining | Phase::Stopped => reasonless(report.phase),
        _ => return None,
    };
    Some(Failed { instance: Some(report.instance.clone()), failure })
}

fn reasonless(phase: Phase) -> Failure {
    let reason = format!("the instance is {phase}: it was told to end");
    Failure { phase, reason, hint: None, container: None, exit_code: None, answer: None, log: Vec::new() }
}

fn silent_failure(reason: String, hint: String) -> Failed {
    let phase = Phase::Identify;
    let failure =
        Failure { phase, reason, hint: Some(hint), container: None, exit_code: None, answer: None, log: Vec::new() };
    Failed { instance: None, failure }
}

fn last_heard(reports: &[BootReport]) -> String {
    match reports.iter().max_by_key(|report| report.updated_at) {
        None => "no instance has said anything".to_owned(),
        Some(report) => {
            let at = report.updated_at.strftime("%H:%M:%S UTC");
            format!("{} was last heard at {at}: {}", report.instance, report.phase.sentence())
        }
    }
}

/// Shows the phases of an instance as they come.
struct View<'a> {
    printer: &'a Printer,
    silent: bool,
    shown: usize,
    boot: String,
    step: Option<Step>,
}

impl View<'_> {
    fn show(&mut self, report: &BootReport) {
        if self.silent {
            return;
        }
        if self.boot != report.boot {
            self.boot.clone_from(&report.boot);
            self.shown = 0;
            self.step = None;
        }
        while let Some(phase) = report.history.get(self.shown).filter(|phase| phase.seconds.is_some()) {
            let step = self.step.take().unwrap_or_else(|| self.printer.step(phase.phase.to_string()));
            step.done_in(&outcome(phase), phase.seconds.unwrap_or_default());
            self.shown += 1;
        }
        if let Some(phase) = report.history.get(self.shown).filter(|phase| Phase::BOOT.contains(&phase.phase)) {
            let step = self.step.get_or_insert_with(|| self.printer.step(phase.phase.to_string()));
            step.note(&outcome(phase));
        }
    }
}

fn outcome(phase: &PhaseReport) -> String {
    phase.note.as_deref().map_or_else(|| phase.phase.sentence().to_owned(), harmless)
}
