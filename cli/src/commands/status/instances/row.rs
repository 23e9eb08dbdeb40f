//! One instance, as the fleet sees it and as its boot report tells.

use std::collections::BTreeMap;

use jetway_common::digest::Digest;
use jetway_common::name::{ContainerName, InstanceId, ReleaseName};
use jetway_common::report::{BootReport, ContainerReport, Failure, Phase};
use jiff::Timestamp;
use serde::Serialize;

use crate::commands::status::Health;
use crate::commands::status::live::Live;
use crate::local_time::ago;
use crate::printer::harmless;
use crate::survey::{Member, Role, Seen};
use crate::watch::is_fresh;

/// What is known of one instance. Absent is what nobody says.
#[derive(Debug, Serialize)]
pub(in crate::commands::status) struct Row {
    pub(in crate::commands::status) instance: InstanceId,
    pub(super) release: ReleaseName,
    /// What its release is for.
    pub(super) role: Option<Role>,
    pub(super) zone: Option<String>,
    /// In the words of Auto Scaling.
    pub(super) lifecycle: Option<String>,
    /// In the words of the load balancer.
    pub(super) target: Option<String>,
    /// Whether the fleet does not have it any more.
    pub(in crate::commands::status) gone: bool,
    pub(super) health: Health,
    /// Why it is not healthy.
    pub(super) problem: Option<String>,
    pub(super) phase: Option<Phase>,
    /// The seconds that each phase of the boot took which is over.
    pub(super) phases: BTreeMap<Phase, f64>,
    /// Their sum.
    pub(super) boot_seconds: Option<f64>,
    pub(super) images: BTreeMap<ContainerName, Digest>,
    pub(super) containers: BTreeMap<ContainerName, ContainerReport>,
    /// Its last words.
    pub(super) says: Option<String>,
    pub(super) failure: Option<Failure>,
    pub(super) heard_at: Option<Timestamp>,
    /// How old its report is.
    pub(super) silent_seconds: Option<i64>,
    /// What it answered, if it was asked just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::commands::status) live: Option<Live>,
}

impl Row {
    /// An instance of which nothing is known yet.
    pub(super) fn new(release: ReleaseName, instance: InstanceId) -> Self {
        Self {
            instance,
            release,
            role: None,
            zone: None,
            lifecycle: None,
            target: None,
            gone: false,
            health: Health::Unknown,
            problem: None,
            phase: None,
            phases: BTreeMap::new(),
            boot_seconds: None,
            images: BTreeMap::new(),
            containers: BTreeMap::new(),
            says: None,
            failure: None,
            heard_at: None,
            silent_seconds: None,
            live: None,
        }
    }

    /// Whether the application's health depends on it.
    pub(in crate::commands::status) fn counts(&self) -> bool {
        !self.gone && matches!(self.role, None | Some(Role::Live | Role::Pending))
    }

    /// The same, as the fleet sees it.
    pub(super) fn seen(self, seen: Option<&Seen>, member: &Member) -> Self {
        let Member { instance: _, state, zone, target } = member.clone();
        Self { role: seen.map(|seen| seen.role), zone: Some(zone), lifecycle: Some(state), target, ..self }
    }

    /// The same, which the fleet does not have any more.
    pub(super) fn gone(self) -> Self {
        Self { gone: true, ..self }
    }

    /// The same, without a report.
    pub(super) fn told_nothing(self) -> Self {
        let why = "no report: its agent has not begun, or cannot write to the store";
        Self { problem: Some(why.to_owned()), ..self }
    }

    /// The same, with a report that cannot be used.
    pub(super) fn told_nothing_usable(self, reason: &str) -> Self {
        Self { problem: Some(format!("its report cannot be used: {}", harmless(reason))), ..self }
    }

    /// The same, with what it says itself.
    pub(super) fn told(self, report: BootReport) -> Self {
        let phases = boot_phases(&report);
        let (health, problem) = self.judge(&report);
        Self {
            health,
            problem,
            phase: Some(report.phase),
            boot_seconds: (!phases.is_empty()).then(|| phases.values().sum()),
            phases,
            says: Some(last_words(&report)),
            heard_at: Some(report.updated_at),
            silent_seconds: Some(Timestamp::now().duration_since(report.updated_at).as_secs().max(0)),
            images: report.images,
            containers: report.containers,
            failure: report.failure,
            ..self
        }
    }

    fn judge(&self, report: &BootReport) -> (Health, Option<String>) {
        let ill = |why: String| (Health::Unhealthy, Some(why));
        let unknown = |why: String| (Health::Unknown, Some(why));
        if report.release != self.release {
            return ill(format!("it runs {}", report.release));
        }
        if report.phase == Phase::Failed {
            return ill(last_words(report));
        }
        if self.gone {
            return unknown(format!("it is gone; its last phase was {}", report.phase));
        }
        if !is_fresh(report) {
            return unknown(format!("it was last heard {}", ago(report.updated_at)));
        }
        if report.phase != Phase::Ready {
            return unknown(format!("it is in phase {}: {}", report.phase, report.phase.sentence()));
        }
        let sick = report.containers.iter().find(|(_, container)| !container.healthy);
        if let Some((name, container)) = sick {
            let answer = container.answer.as_ref().unwrap_or(&container.state);
            return ill(format!("container `{name}` is not healthy: {}", harmless(answer)));
        }
        match &self.target {
            Some(target) if target != "healthy" => ill(format!("the load balancer calls it {}", harmless(target))),
            _ => (Health::Healthy, None),
        }
    }
}

/// A phase that an agent went through again after it was started anew counts each time.
fn boot_phases(report: &BootReport) -> BTreeMap<Phase, f64> {
    let mut phases = BTreeMap::new();
    for entry in report.history.iter().filter(|entry| Phase::BOOT.contains(&entry.phase)) {
        if let Some(seconds) = entry.seconds {
            *phases.entry(entry.phase).or_insert(0.0) += seconds;
        }
    }
    phases
}

/// Why it failed, else what it is at, and what is wrong meanwhile.
fn last_words(report: &BootReport) -> String {
    let reason = report.failure.as_ref().map(|failure| harmless(&failure.reason));
    let note = report.history.last().and_then(|entry| entry.note.as_deref());
    let at = note.map_or_else(|| report.phase.sentence().to_owned(), harmless);
    match reason {
        Some(reason) if report.phase == Phase::Failed => reason,
        Some(reason) if report.phase == Phase::Ready => format!("{at}, but {reason}"),
        _ => at,
    }
}
