//! The status for people.

use jetway_common::name::ReleaseName;
use jetway_common::report::{BootReport, Phase};

use super::{Health, Status};
use crate::local_time::local;
use crate::printer::{Style, harmless};
use crate::releases::StoredRelease;
use crate::survey::{Role, Seen};

impl Health {
    /// What people call it, and how it is coloured.
    pub(super) fn word(self) -> (&'static str, Style) {
        match self {
            Self::Healthy => ("healthy", Style::Good),
            Self::Unhealthy => ("not healthy", Style::Error),
            Self::Unknown => ("unknown", Style::Warning),
        }
    }
}

/// The whole status, a line for each fact.
pub(super) fn describe(status: &Status) -> String {
    let (word, style) = status.health.word();
    let Status { application, environment, .. } = status;
    let mut lines = vec![format!("{application} in {environment}: {}", style.on_stdout(word))];
    let name = |release: Option<ReleaseName>| release.map_or("-".to_owned(), |release| release.to_string());
    let before = status.previous.map_or(String::new(), |previous| format!(" (before it {previous})"));
    lines.push(format!("  live      {}{before}", name(status.live)));
    lines.extend(status.pending.map(|pending| format!("  pending   {pending}")));
    lines.extend(status.url.as_ref().map(|url| format!("  answers   {url}")));
    lines.extend(status.release.iter().flat_map(release_lines));
    lines.extend(status.releases.iter().flat_map(seen_lines));
    lines.extend(status.lock.as_ref().map(|lock| format!("  lock      {}", harmless(lock))));
    lines.extend(status.instances.iter().flat_map(instance_lines));
    lines.extend(status.problems.iter().map(|problem| format!("  problem   {problem}")));
    lines.join("\n") + "\n"
}

fn release_lines(release: &StoredRelease) -> Vec<String> {
    let record = &release.record;
    let mut lines: Vec<String> = record
        .containers
        .iter()
        .map(|(name, container)| {
            let image = &container.image;
            format!("  image     {name}: {} ({})", harmless(&image.reference), image.manifest.short())
        })
        .collect();
    lines.extend(record.config.as_ref().map(|pin| format!("  config    {}", pin.version)));
    lines
}

fn seen_lines(seen: &Seen) -> Vec<String> {
    let Seen { release, role, name, state, asked, standby_until, members } = seen;
    let role = match (role, standby_until) {
        (Role::Live, _) => "live".to_owned(),
        (Role::Pending, _) => "in progress".to_owned(),
        (Role::Standby, None) => "standby".to_owned(),
        (Role::Standby, Some(until)) => format!("standby until {}", local(*until)),
        (Role::Kept, _) => "failed, and kept until the next healthy release".to_owned(),
        (Role::Left, _) => "not needed any more".to_owned(),
    };
    let mut lines =
        vec![format!("  stack     {release}: {role}; {name}, {state}, {} of {asked} instances", members.len())];
    lines.extend(members.iter().map(|member| {
        let target = member.target.as_ref().map_or(String::new(), |target| format!(", target {}", harmless(target)));
        format!("            {}: {} in {}{target}", member.instance, harmless(&member.state), member.zone)
    }));
    lines
}

fn instance_lines(report: &BootReport) -> Vec<String> {
    let boot = report.history.iter().filter(|phase| Phase::BOOT.contains(&phase.phase));
    let boot: Vec<_> = boot.filter_map(|phase| Some((phase.phase, phase.seconds?))).collect();
    let seconds: f64 = boot.iter().map(|(_, seconds)| seconds).sum();
    let phases: Vec<String> = boot.iter().map(|(phase, seconds)| format!("{phase} {seconds:.1} s")).collect();
    let at = local(report.updated_at);
    let mut lines = vec![
        format!("  instance  {}: {} since {} (heard {at})", report.instance, report.phase, since(report)),
        format!("            boot {seconds:.1} s: {}", phases.join(", ")),
    ];
    lines.extend(report.engine.iter().map(|engine| {
        format!("            Docker {}, API {}, {} image store", engine.version, engine.api, engine.store)
    }));
    lines.extend(report.containers.iter().map(|(name, container)| {
        let answer = container.answer.as_deref().filter(|answer| *answer != container.state);
        let answer = answer.map_or(String::new(), |answer| format!(", {}", harmless(answer)));
        let id = container.id.get(..12).unwrap_or(&container.id);
        format!("            {name}: {} ({id}), {} restarts{answer}", harmless(&container.state), container.restarts)
    }));
    if let Some(failure) = report.failure.as_ref().filter(|_| report.phase == Phase::Ready) {
        lines.push(format!("            trouble: {}", harmless(&failure.reason)));
        lines.extend(failure.hint.iter().map(|hint| format!("            to do: {}", harmless(hint))));
    }
    lines
}

fn since(report: &BootReport) -> String {
    report.history.last().map_or_else(|| "an unknown time".to_owned(), |phase| local(phase.at))
}
