//! Waits until every container is healthy: running without a restart, and answering well, for as long as it takes to tell.

mod seen;

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::name::ContainerName;
use jetway_common::release::ReleaseRecord;
use jetway_common::report::ContainerReport;
use seen::{Seen, Waiting};
use tokio::time::Instant;

use super::start::Opened;
use crate::engine::EngineError;
use crate::engine::facts::ContainerFacts;
use crate::error::{Evidence, StepError};
use crate::health;
use crate::platform::Platform;
use crate::port::{Holder, holder};
use crate::predecessors::Survey;
use crate::removal;
use crate::reporter::Reporter;

/// Many applications answer within a moment of their start. Pauses double from here on.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const EARLY_PAUSE: Duration = Duration::from_millis(250);
const LATER_PAUSE: Duration = Duration::from_secs(1);
/// How long the pauses are short.
const EARLY: Duration = Duration::from_secs(5);
/// A container without a health check must run this long without a restart.
const SETTLED: Duration = Duration::from_secs(5);
/// For a release without a health check, in which only Docker can make us wait.
const GRACE: Duration = Duration::from_mins(1);

/// Waits until all containers are healthy, or says which is not and why.
pub async fn probe(platform: &Platform, reporter: &Reporter, opened: &Opened) -> Result<(), StepError> {
    let began = Instant::now();
    let grace = opened.record.http.as_ref().map_or(GRACE, |http| http.health.grace.duration().max(SETTLED * 2));
    let mut seen = BTreeMap::new();
    let mut was_away = false;
    let mut last_note = String::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let waiting = match look(platform, reporter, opened, &mut seen, &mut was_away).await {
            Ok(None) => return Ok(()),
            Ok(Some(waiting)) => waiting,
            Err(Trouble::Engine(error)) => {
                was_away = true;
                Waiting { container: None, answer: error.to_string(), settles: false }
            }
            Err(Trouble::Certain(error)) => return Err(error),
        };
        // What has begun to answer well in time gets the time to prove it.
        if began.elapsed() >= grace && !waiting.settles {
            return Err(too_late(platform, opened, waiting, &seen, grace).await);
        }
        let note = waiting.to_string();
        if note != last_note {
            reporter.note(note.clone());
            last_note = note;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(if began.elapsed() < EARLY { EARLY_PAUSE } else { LATER_PAUSE });
    }
}

enum Trouble {
    Engine(EngineError),
    Certain(StepError),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

async fn look(
    platform: &Platform,
    reporter: &Reporter,
    opened: &Opened,
    seen: &mut BTreeMap<ContainerName, Seen>,
    was_away: &mut bool,
) -> Result<Option<Waiting>, Trouble> {
    let survey = Survey::take(platform, &opened.kin).await?;
    if *was_away {
        // Docker may have started its containers anew when it came back, which must not look like a crash of theirs.
        seen.clear();
    }
    let mut waiting = None;
    let mut reports = BTreeMap::new();
    for container in opened.record.containers.keys() {
        let found = survey.own.iter().find(|found| found.container().as_ref() == Some(container));
        let Some(found) = found else {
            let gone = format!("container `{container}` was removed by somebody while it was being probed");
            return Err(Trouble::Certain(StepError::never(gone)));
        };
        if *was_away && !found.is_running && !found.is_restarting {
            // Docker itself went down and took its containers along: that is not their fault.
            platform.engine.start(&found.id).await?;
            waiting = waiting.or(Some(Waiting::new(container, "started again".to_owned(), false)));
            continue;
        }
        let state = seen.entry(container.clone()).or_insert_with(|| Seen::of(found));
        check_running(platform, opened, container, found, state).await?;
        judge(opened, container, state).await;
        reports.insert(container.clone(), report(found, state));
        if !state.is_healthy && waiting.is_none() {
            waiting = Some(state.waiting(container));
        }
    }
    *was_away = false;
    reporter.containers(reports);
    if waiting.is_none() {
        check_holder(opened, &survey).await?;
    }
    Ok(waiting)
}

async fn check_running(
    platform: &Platform,
    opened: &Opened,
    container: &ContainerName,
    found: &ContainerFacts,
    state: &Seen,
) -> Result<(), Trouble> {
    let reason = if found.is_restarting || found.id != state.id || found.started_at != state.started_at {
        format!(
            "container `{container}` does not stay up: Docker restarted it, it last exited with code {}",
            found.exit_code
        )
    } else if !found.is_running {
        let error = if found.error.is_empty() { String::new() } else { format!(": {}", found.error) };
        format!("container `{container}` {} with code {}{error}", found.state, found.exit_code)
    } else {
        return Ok(());
    };
    let log = removal::last_lines(platform.engine.as_ref(), &found.id, &opened.redactor).await;
    let (exit_code, answer) = (Some(found.exit_code), state.answer.clone());
    let evidence = Evidence { container: container.clone(), exit_code, answer, log };
    let error =
        StepError::never(opened.redactor.line(&reason)).hint(exit_hint(opened, found.exit_code)).evidence(evidence);
    Err(Trouble::Certain(error))
}

fn exit_hint(opened: &Opened, code: i64) -> String {
    exit_cause(code).map_or_else(|| log_hint(&opened.record), str::to_owned)
}

/// Where the log of a container is that is taken away: the agent keeps it on `local` alone.
fn log_hint(ReleaseRecord { environment, release, .. }: &ReleaseRecord) -> String {
    if environment.is_local() {
        return format!("`jetway logs {environment} --previous` shows its whole log");
    }
    format!("`jetway logs {environment} --release {release}` shows what was collected of its log")
}

/// What an exit code usually means, if it has a meaning of its own.
pub(crate) fn exit_cause(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "its process ended by itself; a container of a release must keep running",
        126 => "its command is there but cannot be executed",
        127 => "its command was not found in the image",
        137 => "it was killed; out of memory is the usual reason (look at `dmesg`)",
        139 => "it crashed with a segmentation fault; check that the image fits this machine",
        _ => return None,
    })
}

async fn judge(opened: &Opened, container: &ContainerName, state: &mut Seen) {
    match opened.record.http.as_ref().filter(|http| http.container == *container) {
        None => state.is_healthy = state.since.elapsed() >= SETTLED,
        Some(http) => {
            let answer = health::ask(http).await;
            state.answered(answer.is_good, opened.redactor.line(&answer.text));
        }
    }
}

fn report(found: &ContainerFacts, state: &Seen) -> ContainerReport {
    ContainerReport {
        id: found.id.clone(),
        state: found.state.clone(),
        started_at: found.started_at,
        restarts: 0,
        healthy: state.is_healthy,
        answer: state.answer.clone(),
    }
}

/// Good answers prove nothing when somebody else gave them.
async fn check_holder(opened: &Opened, survey: &Survey) -> Result<(), Trouble> {
    let Some(http) = &opened.record.http else { return Ok(()) };
    match holder(http.port, survey.pids()).await {
        found @ Holder::Other { .. } => {
            let reason = format!("port {} is answered by {found}, not by container `{}`", http.port, http.container);
            Err(Trouble::Certain(StepError::never(reason).hint("stop it, or give the application another port")))
        }
        _ => Ok(()),
    }
}

async fn too_late(
    platform: &Platform,
    opened: &Opened,
    waiting: Waiting,
    seen: &BTreeMap<ContainerName, Seen>,
    grace: Duration,
) -> StepError {
    let reason = format!("not healthy within {} s: {waiting}", grace.as_secs());
    let state = waiting.container.as_ref().and_then(|container| Some((container, seen.get(container)?)));
    let Some((container, state)) = state else { return StepError::never(reason) };
    let log = removal::last_lines(platform.engine.as_ref(), &state.id, &opened.redactor).await;
    let evidence = Evidence { container: container.clone(), exit_code: None, answer: Some(waiting.answer), log };
    StepError::never(reason)
        .hint("the health check must answer with a status from 200 to 299; a slow start needs a longer `grace`")
        .evidence(evidence)
}

#[cfg(test)]
pub(crate) mod tests;
