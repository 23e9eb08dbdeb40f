//! All instances for people: where each is and how it is, how long its boot took, and what is wrong.

use jetway_common::report::{Failure, Phase};

use super::{RollCall, Row};
use crate::commands::status::Health;
use crate::local_time::ago;
use crate::printer::{Style, harmless};
use crate::survey::Role;
use crate::table::Table;

/// Two tables, then what there is to say of single instances.
pub(in crate::commands::status) fn describe(all: &RollCall) -> String {
    let RollCall { application, environment, health, instances, problems } = all;
    let (word, style) = health.word();
    let mut text = format!("{application} in {environment}: {}\n", style.on_stdout(word));
    // A scale-in leaves a report that says all is well; only their number is of interest.
    let (left, shown): (Vec<&Row>, Vec<&Row>) =
        instances.iter().partition(|row| row.gone && row.phase == Some(Phase::Stopped));
    for table in [places(&shown), boots(&shown), answers(&shown)] {
        let table = table.to_string();
        if !table.is_empty() {
            text.push('\n');
            text.push_str(&table);
        }
    }
    let mut lines: Vec<String> = problems.iter().map(|problem| format!("problem   {problem}")).collect();
    lines.extend(shown.iter().flat_map(|row| trouble(row)));
    if !left.is_empty() {
        lines.push(format!("{} more have stopped on purpose, and are gone", left.len()));
    }
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    if text.ends_with('\n') { text } else { text + "\n" }
}

fn places(rows: &[&Row]) -> Table {
    let headings = ["INSTANCE", "RELEASE", "ZONE", "LIFECYCLE", "TARGET", "PHASE", "HEALTH", "CONTAINERS", "HEARD"];
    let mut table = Table::new(&headings);
    for row in rows {
        let role = match row.role {
            None | Some(Role::Live) => "",
            Some(Role::Pending) => " in progress",
            Some(Role::Standby) => " standby",
            Some(Role::Kept) => " kept",
            Some(Role::Left) => " left",
        };
        let lifecycle = if row.gone { Some("gone") } else { row.lifecycle.as_deref() };
        // Why it is not healthy is told further down.
        let target = row.target.as_deref().map(|target| target.split(" (").next().unwrap_or(target));
        table.row(vec![
            row.instance.to_string(),
            format!("{}{role}", row.release),
            cell(row.zone.as_deref()),
            cell(lifecycle),
            cell(target),
            row.phase.map_or("-".to_owned(), |phase| phase.to_string()),
            row.health.word().0.to_owned(),
            containers(row),
            row.heard_at.map_or("never".to_owned(), ago),
        ]);
    }
    table
}

fn containers(row: &Row) -> String {
    let each = row.containers.iter().map(|(name, container)| {
        let health = if container.healthy { "healthy" } else { "not healthy" };
        let image = row.images.get(name).map_or(String::new(), |digest| format!(" {}", digest.short()));
        format!("{name} {health}{image}")
    });
    let text = each.collect::<Vec<_>>().join(", ");
    if text.is_empty() { "-".to_owned() } else { text }
}

fn boots(rows: &[&Row]) -> Table {
    let mut headings: Vec<String> = vec!["BOOT SECONDS".to_owned()];
    headings.extend(Phase::BOOT.iter().map(|phase| phase.to_string().to_uppercase()));
    headings.extend(["TOTAL", "SAYS"].map(str::to_owned));
    let mut table = Table::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows.iter().filter(|row| row.says.is_some()) {
        let seconds = |seconds: Option<&f64>| seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}"));
        let mut cells = vec![row.instance.to_string()];
        cells.extend(Phase::BOOT.iter().map(|phase| seconds(row.phases.get(phase))));
        cells.push(seconds(row.boot_seconds.as_ref()));
        cells.push(cell(row.says.as_deref()));
        table.row(cells);
    }
    table
}

fn answers(rows: &[&Row]) -> Table {
    let mut table = Table::new(&["ASKED NOW", "HEALTH", "ANSWER"]);
    for row in rows {
        if let Some(live) = &row.live {
            table.row(vec![row.instance.to_string(), live.health.word().0.to_owned(), harmless(&live.says())]);
        }
    }
    table
}

/// All that helps who cannot look at the instance any more. One that serves may be in trouble, too: its disk is full, say.
fn trouble(row: &Row) -> Vec<String> {
    let problem = row.problem.clone().filter(|_| row.health != Health::Healthy);
    let (word, what) = match (problem, &row.failure) {
        (Some(problem), _) => (row.health.word().0, problem),
        (None, Some(failure)) => ("in trouble", harmless(&failure.reason)),
        (None, None) => return Vec::new(),
    };
    let mut lines = vec![format!("{}  {}: {what}", row.instance, Style::Warning.on_stdout(word))];
    if let Some(Failure { phase, hint, exit_code, answer, log, .. }) = &row.failure {
        lines.push(format!("  in phase  {phase}"));
        lines.extend(exit_code.map(|code| format!("  exit code {code}")));
        lines.extend(answer.iter().map(|answer| format!("  answer    {}", harmless(answer))));
        lines.extend(log.iter().map(|line| format!("    | {}", harmless(line))));
        lines.extend(hint.iter().map(|hint| format!("  to do     {}", harmless(hint))));
    }
    lines
}

fn cell(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or("-".to_owned(), harmless)
}
