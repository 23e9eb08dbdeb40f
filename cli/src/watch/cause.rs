//! What boot reports tell of why a launch comes to nothing, and of how far it came.

use jetway_common::release::ReleaseRecord;
use jetway_common::report::{BootReport, Failure, Phase};

use crate::fleet::Failed;
use crate::reports::Reports;

/// Why an instance cannot come to run its release, if it says so.
pub fn failure_of(report: &BootReport) -> Option<Failed> {
    let failure = || report.failure.clone().unwrap_or_else(|| reasonless(report.phase, "it gives no reason"));
    (report.phase == Phase::Failed).then(|| failed(report, failure()))
}

/// Adds what an instance was still waiting for, to a failure of which the instances themselves said nothing.
pub(super) fn with_wait(mut failed: Box<Failed>, reports: &[BootReport]) -> Box<Failed> {
    let waiting = |report: &BootReport| {
        let last = report.history.last().filter(|last| Phase::BOOT.contains(&last.phase))?;
        Some(format!("{} was still {}: {}", report.instance, last.phase.sentence(), last.note.as_ref()?))
    };
    if let (None, Some(waiting)) = (&failed.instance, reports.iter().find_map(waiting)) {
        failed.failure.reason = format!("{}; {waiting}", failed.failure.reason);
    }
    failed
}

/// That an instance was told to end, which is never the first cause: whoever told it to knows that.
pub(super) fn end_of(report: &BootReport) -> Option<Failed> {
    let is_ending = matches!(report.phase, Phase::Draining | Phase::Stopped);
    is_ending.then(|| failed(report, reasonless(report.phase, "it was told to end")))
}

fn failed(report: &BootReport, failure: Failure) -> Failed {
    Failed { instance: Some(report.instance.clone()), failure, console: Vec::new() }
}

fn reasonless(phase: Phase, why: &str) -> Failure {
    let reason = format!("the instance is {phase}: {why}");
    Failure { phase, reason, hint: None, container: None, exit_code: None, answer: None, log: Vec::new() }
}

pub(super) fn has_images_of(record: &ReleaseRecord, report: &BootReport) -> bool {
    record.containers.iter().map(|(name, container)| (name, &container.image.manifest)).eq(&report.images)
}

/// What the instances said last, and whose report says nothing that can be used.
pub(super) fn last_heard(record: &ReleaseRecord, reports: &Reports) -> impl Iterator<Item = String> {
    let heard = match reports.readable.iter().max_by_key(|report| report.updated_at) {
        None if !reports.unreadable.is_empty() => None,
        None => Some("no instance has said anything".to_owned()),
        Some(report) => {
            let at = report.updated_at.strftime("%H:%M:%S UTC");
            let but = match report.release {
                other if other != record.release => format!(", but it runs {other}"),
                own if !has_images_of(record, report) => format!(", but with other images than {own} has"),
                _ => String::new(),
            };
            Some(format!("{} was last heard at {at}: {}{but}", report.instance, report.phase.sentence()))
        }
    };
    heard.into_iter().chain(reports.sentences())
}
