//! Looks at the containers of a serving release and keeps what changed: health, restarts, what is missing.

mod restarts;

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::name::ContainerName;
use jetway_common::report::{ContainerReport, HealthReport};
use jiff::Timestamp;
use restarts::Restarts;

use crate::engine::EngineError;
use crate::engine::facts::{Change, ContainerFacts};
use crate::health;
use crate::platform::Platform;
use crate::predecessors::Survey;
use crate::reporter::Reporter;
use crate::steps::start::Opened;

/// One bad answer may be a hiccup, and one good one luck.
const IN_A_ROW: u32 = 2;
/// Docker restarts a container by itself; one that is down for this many looks needs us.
const DOWN_LOOKS: u32 = 2;
/// Asking for all containers must not hang for as long as a single call may.
const LOOK_LIMIT: Duration = Duration::from_secs(20);

/// What is known of the containers over time.
#[derive(Default)]
pub struct Watch {
    known: BTreeMap<ContainerName, Known>,
    /// Docker may have been down since the last look.
    was_away: bool,
}

struct Known {
    report: ContainerReport,
    restarts: Restarts,
    against: u32,
    down: u32,
}

/// What one look found.
pub struct Look {
    /// All containers of the application here.
    pub survey: Survey,
    /// The containers that have to be made or started again.
    pub missing: Vec<ContainerName>,
    /// The first container that is restarted over and over.
    pub looping: Option<Looping>,
}

/// A container that is restarted over and over, whatever it answers in between.
pub struct Looping {
    /// Which one.
    pub container: ContainerName,
    /// The engine's id of it.
    pub id: String,
    /// What it does, as a sentence without its name.
    pub reason: String,
    /// With what it exited last, if Docker told.
    pub exit_code: Option<i64>,
}

impl Watch {
    /// Asks Docker, and with `asks` the health check as well, and reports every change.
    pub async fn look(
        &mut self,
        platform: &Platform,
        opened: &Opened,
        reporter: &Reporter,
        asks: bool,
    ) -> Result<Look, EngineError> {
        let survey = survey(platform, opened).await.inspect_err(|_| self.was_away = true)?;
        let was_away = std::mem::take(&mut self.was_away);
        let mut missing = Vec::new();
        for container in opened.record.containers.keys() {
            let found = survey.own.iter().find(|found| found.container().as_ref() == Some(container));
            let answer = judge(opened, container, found, asks).await;
            let known = self.known.entry(container.clone()).or_insert_with(Known::new);
            known.note(found, was_away);
            if known.down >= DOWN_LOOKS || found.is_none() {
                missing.push(container.clone());
            }
            let Some((up, answer)) = answer else { continue };
            let (good, answer) = known.unsteady(opened, container).map_or((up, answer), |unsteady| (false, unsteady));
            let is_up = found.is_some_and(|found| found.is_running);
            if known.turned(good, is_up) {
                let healthy = known.report.healthy;
                reporter.health(HealthReport {
                    at: Timestamp::now(),
                    container: container.clone(),
                    healthy,
                    answer: answer.clone(),
                });
            }
            known.report.answer = Some(answer);
        }
        reporter.containers(self.known.iter().map(|(name, known)| (name.clone(), known.report.clone())).collect());
        let looping = self.known.iter().find_map(|(container, known)| known.looping(container));
        Ok(Look { survey, missing, looping })
    }

    /// Docker told of something that happened to a container. What it exited with is gone once it runs again.
    pub fn heard(&mut self, change: &Change) {
        let known = self.known.values_mut().find(|known| known.report.id == change.container);
        if let (Some(known), Some(code)) = (known, change.exit_code) {
            known.restarts.exited(code);
        }
    }

    /// Docker stopped telling what happens. With a socket that systemd holds, the next look may only wait for a Docker that is
    /// down, and then find nothing but containers that were started anew.
    pub fn hung_up(&mut self) {
        self.was_away = true;
    }

    /// The first container that is not well, and why.
    pub fn ill(&self) -> Option<String> {
        let (name, known) = self.known.iter().find(|(_, known)| !known.report.healthy)?;
        Some(format!("container `{name}`: {}", known.report.answer.as_deref().unwrap_or(&known.report.state)))
    }
}

impl Known {
    /// Nobody serves who was not healthy a moment ago.
    fn new() -> Self {
        let report = ContainerReport {
            id: String::new(),
            state: String::new(),
            started_at: None,
            restarts: 0,
            healthy: true,
            answer: None,
        };
        Self { report, restarts: Restarts::default(), against: 0, down: 0 }
    }

    /// Docker's own count of restarts begins anew with Docker, so starts are counted here.
    fn note(&mut self, found: Option<&ContainerFacts>, was_away: bool) {
        let Some(found) = found else {
            "missing".clone_into(&mut self.report.state);
            return;
        };
        let was_started = self.report.started_at.is_some();
        if was_started && found.started_at != self.report.started_at && found.started_at.is_some() {
            self.report.restarts += 1;
            // Neither a Docker that takes its containers along nor whoever removes one says anything about the container.
            if !was_away && found.id == self.report.id {
                self.restarts.note();
            }
        }
        if !found.is_running {
            self.restarts.exited(found.exit_code);
        }
        self.report.id.clone_from(&found.id);
        self.report.state.clone_from(&found.state);
        self.report.started_at = found.started_at.or(self.report.started_at);
        self.down = if found.is_running || found.is_restarting { 0 } else { self.down + 1 };
    }

    /// Why a container that runs just now is not to be trusted. One with a health check answers for itself, unless it only
    /// ever does so until it is restarted.
    fn unsteady(&self, opened: &Opened, container: &ContainerName) -> Option<String> {
        if self.report.state != "running" {
            return None;
        }
        let has_check = opened.record.http.as_ref().is_some_and(|http| http.container == *container);
        let unproved = || {
            let (restarts, up) = (self.report.restarts, self.restarts.unproved().filter(|_| !has_check)?.as_secs());
            Some(format!("does not stay up: {restarts} restarts, the last {up} s ago"))
        };
        self.restarts.looping().or_else(unproved)
    }

    fn looping(&self, container: &ContainerName) -> Option<Looping> {
        let reason = self.restarts.looping()?;
        let (container, id) = (container.clone(), self.report.id.clone());
        Some(Looping { container, id, reason, exit_code: self.restarts.exit_code() })
    }

    /// Whether the container's health turned.
    fn turned(&mut self, good: bool, is_up: bool) -> bool {
        self.against = if good == self.report.healthy { 0 } else { self.against + 1 };
        let enough = if is_up { IN_A_ROW } else { 1 };
        if self.against < enough {
            return false;
        }
        self.report.healthy = good;
        self.against = 0;
        true
    }
}

/// Only Docker is hurried here: a health check has a time of its own, which may be longer.
async fn survey(platform: &Platform, opened: &Opened) -> Result<Survey, EngineError> {
    let slow = |_| EngineError::Slow { call: "tell how the containers are", limit: LOOK_LIMIT };
    tokio::time::timeout(LOOK_LIMIT, Survey::take(platform, &opened.kin)).await.map_err(slow)?
}

/// How a container is; nothing when only its health check could tell, which is not to be asked.
async fn judge(
    opened: &Opened,
    container: &ContainerName,
    found: Option<&ContainerFacts>,
    asks: bool,
) -> Option<(bool, String)> {
    let Some(found) = found else { return Some((false, "the container is missing".to_owned())) };
    if found.is_restarting {
        return Some((false, format!("restarting, last exited with code {}", found.exit_code)));
    }
    if !found.is_running {
        return Some((false, format!("{} with code {}", found.state, found.exit_code)));
    }
    match opened.record.http.as_ref().filter(|http| http.container == *container) {
        None => Some((true, "running".to_owned())),
        Some(_) if !asks => None,
        Some(http) => {
            let answer = health::ask(http).await;
            Some((answer.is_good, opened.redactor.line(&answer.text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_turns_after_two_answers_in_a_row_and_at_once_when_the_container_is_down() {
        let mut known = Known::new();
        let turns = [false, true, false, false, false, true, true].map(|good| known.turned(good, true));
        assert_eq!(turns, [false, false, false, true, false, false, true]);
        assert!(known.turned(false, false));
    }
}
