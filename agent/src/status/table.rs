//! The status as a person reads it.

use std::fmt::Write as _;

use jetway_common::report::{BootReport, Phase};
use jiff::Timestamp;

use super::units::Units;
use super::view::View;
use crate::engine::EngineError;
use crate::output;
use crate::text::{bytes, escape};

const HEALTH_SHOWN: usize = 5;

/// The whole status; the first line says how it is, the last what to do.
pub(super) fn table(view: &View) -> String {
    let mut text = headline(view);
    let report = &view.report;
    row(&mut text, "release", &format!("{} {} in {}", report.application, report.release, report.environment));
    row(&mut text, "instance", report.instance.as_str());
    row(&mut text, "agent", &agent(view));
    row(&mut text, "docker", &docker(view));
    if let Some(line) = view.units.as_ref().and_then(Units::line) {
        row(&mut text, "systemd", &line);
    }
    if let Some(room) = &view.room {
        row(&mut text, "disk free", &bytes(room.bytes));
    }
    phases(&mut text, view);
    containers(&mut text, view);
    health(&mut text, view);
    last_error(&mut text, report);
    if let Some((_, hint)) = view.trouble() {
        let _ = writeln!(text, "\nto do: {}", escape(&hint));
    }
    text
}

fn headline(view: &View) -> String {
    let (word, colour, why) = match view.trouble() {
        None => ("healthy", "\x1b[32m", String::new()),
        Some((reason, _)) => ("not healthy", "\x1b[31m", format!(": {}", escape(&reason))),
    };
    if output::may_colour() { format!("{colour}{word}\x1b[0m{why}\n") } else { format!("{word}{why}\n") }
}

fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<10} {}", escape(value));
}

fn agent(view: &View) -> String {
    let AgentWords { runs, version } = AgentWords::of(view);
    format!("{runs}, version {version}, last report {} s ago", view.silent_seconds)
}

struct AgentWords<'a> {
    runs: String,
    version: &'a str,
}

impl<'a> AgentWords<'a> {
    fn of(view: &'a View) -> Self {
        let runs = view.agent.as_ref().map_or_else(|| "not running".to_owned(), |pid| format!("process {pid}"));
        Self { runs, version: &view.report.agent.version }
    }
}

fn docker(view: &View) -> String {
    match (&view.engine, &view.report.engine) {
        (Ok(now), _) => format!("{}, API {}, {} image store", now.version, now.api, now.store.as_str()),
        (Err(EngineError::Denied(_)), _) => "this user may not ask it; see the group `docker`".to_owned(),
        (Err(_), Some(then)) => {
            format!("does not answer (was {}, API {}, {} image store)", then.version, then.api, then.store)
        }
        (Err(_), None) => "does not answer".to_owned(),
    }
}

fn phases(text: &mut String, view: &View) {
    let _ = writeln!(text, "\nphases");
    for entry in &view.report.history {
        let seconds = match entry.seconds {
            Some(seconds) => format!("{seconds:.1} s"),
            None => format!("since {}", view.ago(entry.at)),
        };
        let note = entry
            .note
            .as_deref()
            .unwrap_or_else(|| if entry.phase == Phase::Ready { entry.phase.sentence() } else { "" });
        row(text, &entry.phase.to_string(), &format!("{seconds:>12}  {note}"));
    }
}

fn containers(text: &mut String, view: &View) {
    let _ = writeln!(text, "\ncontainers{}", if view.live.is_some() { "" } else { " (as last reported)" });
    for (name, container) in &view.report.containers {
        let live = view.live.as_ref().map(|live| live.get(name).map_or("missing", |found| found.state.as_str()));
        let state = live.unwrap_or(&container.state);
        let health = if container.healthy { "healthy" } else { "unhealthy" };
        let answer = container.answer.as_deref().map(|answer| format!(", {answer}")).unwrap_or_default();
        let since = container.started_at.map(|at| format!(", started {} ago", view.ago(at))).unwrap_or_default();
        let restarts = crate::text::count(usize::try_from(container.restarts).unwrap_or(usize::MAX), "restart");
        row(text, name.as_str(), &format!("{state}, {health}{answer}{since}, {restarts}"));
    }
}

fn health(text: &mut String, view: &View) {
    let report = &view.report;
    if report.health.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nhealth, newest first");
    for change in report.health.iter().rev().take(HEALTH_SHOWN) {
        let word = if change.healthy { "healthy" } else { "unhealthy" };
        row(text, change.container.as_str(), &format!("{} ago: {word}, {}", view.ago(change.at), change.answer));
    }
}

fn last_error(text: &mut String, report: &BootReport) {
    let Some(failure) = &report.failure else { return };
    let title = if report.phase == Phase::Failed { "why it failed" } else { "last trouble" };
    let _ = writeln!(text, "\n{title}");
    row(text, "phase", &failure.phase.to_string());
    row(text, "reason", &failure.reason);
    if let Some(container) = &failure.container {
        row(text, "container", container.as_str());
    }
    if let Some(code) = failure.exit_code {
        row(text, "exit code", &code.to_string());
    }
    if let Some(answer) = &failure.answer {
        row(text, "answer", answer);
    }
    for line in &failure.log {
        let _ = writeln!(text, "    | {}", escape(line));
    }
}

impl View {
    fn ago(&self, at: Timestamp) -> String {
        let seconds = (self.now.as_second() - at.as_second()).max(0);
        match seconds {
            0..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds / 60),
            7200..172_800 => format!("{} h", seconds / 3600),
            _ => format!("{} days", seconds / 86_400),
        }
    }
}
