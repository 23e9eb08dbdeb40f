//! What is known of an instance at one moment, and the judgement of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jetway_common::container::{APPLICATION, ENVIRONMENT, INSTALLATION, RELEASE};
use jetway_common::name::ContainerName;
use jetway_common::report::{BootReport, Phase};
use jiff::Timestamp;

use super::units::Units;
use crate::disk::{DOCKERS_FOLDER, FREE_SPACE, Room};
use crate::engine::facts::{ContainerFacts, EngineFacts};
use crate::engine::{Engine, EngineError};
use crate::run_dir::{RunDir, Unwritable};

/// Docker gets this long to answer; a status that hangs helps nobody.
const DOCKER_LIMIT: Duration = Duration::from_millis(900);

/// What is known of an instance.
pub(super) struct View {
    /// What the agent wrote last.
    pub(super) report: BootReport,
    /// The process of the agent, if it runs.
    pub(super) agent: Option<String>,
    /// Why the agent cannot write a newer report, if so.
    pub(super) unwritable: Option<Unwritable>,
    /// How long ago the agent wrote, in seconds.
    pub(super) silent_seconds: i64,
    /// The containers as Docker has them now; none when it does not answer.
    pub(super) live: Option<BTreeMap<ContainerName, ContainerFacts>>,
    /// The engine as it is now, or why it does not say.
    pub(super) engine: Result<EngineFacts, EngineError>,
    /// What is left where Docker keeps its data; none if that cannot be seen.
    pub(super) room: Option<Room>,
    /// What systemd says; none where it does not answer.
    pub(super) units: Option<Units>,
    /// When all this was so.
    pub(super) now: Timestamp,
}

impl View {
    /// Asks Docker and systemd about what `report` tells.
    pub(super) async fn take(run_dir: &RunDir, engine: &dyn Engine, report: BootReport) -> Self {
        let slow = EngineError::Slow { call: "answer", limit: DOCKER_LIMIT };
        let (engine, live, units) = tokio::join!(
            tokio::time::timeout(DOCKER_LIMIT, engine.describe()),
            tokio::time::timeout(DOCKER_LIMIT, live(engine, &report)),
            Units::take(),
        );
        let engine = engine.unwrap_or(Err(slow));
        let now = Timestamp::now();
        Self {
            agent: run_dir.running_agent(),
            unwritable: run_dir.look(),
            silent_seconds: now.as_second() - report.updated_at.as_second(),
            room: Room::at(engine.as_ref().map_or(Path::new(DOCKERS_FOLDER), |engine| &engine.root)),
            live: live.ok().flatten(),
            engine,
            units,
            now,
            report,
        }
    }

    /// Whether the release serves, every container is healthy, and an agent watches it.
    pub(super) fn is_healthy(&self) -> bool {
        self.trouble().is_none()
    }

    /// What is wrong, and what to do about it.
    pub(super) fn trouble(&self) -> Option<(String, String)> {
        let report = &self.report;
        let hint = |text: &str| text.to_owned();
        let outdated = self.outdated();
        if report.phase == Phase::Failed && outdated.is_none() {
            let failure = report.failure.as_ref();
            let reason = failure.map_or_else(|| "the release failed".to_owned(), |failure| failure.reason.clone());
            let advice = failure.and_then(|failure| failure.hint.clone());
            return Some((reason, advice.unwrap_or_else(|| hint("the agent's log says more"))));
        }
        // The cause of much that comes below.
        if let Some(lack) = self.room.as_ref().and_then(Room::lack) {
            return Some((lack, hint(FREE_SPACE)));
        }
        if let Some(trouble) = self.of_docker() {
            return Some(trouble);
        }
        if let Some((container, state)) = self.down() {
            return Some((
                format!("container `{container}` is {state}"),
                hint("the agent brings it back; see its log"),
            ));
        }
        if outdated.is_some() {
            return outdated;
        }
        if report.phase == Phase::Stopped {
            return Some((hint("the release was stopped on purpose"), hint("deploy it again to start it")));
        }
        if self.agent.is_none() {
            let reason = "no agent runs here: nobody watches the containers";
            let trouble = (hint(reason), hint("start it: sudo systemctl start jetway-agent, or deploy again"));
            return Some(self.units.as_ref().and_then(Units::of_agent).unwrap_or(trouble));
        }
        if let Some(trouble) = self.units.as_ref().and_then(Units::of_hung_agent) {
            return Some(trouble);
        }
        if self.is_of_another_agent() {
            let hint = hint("wait, and look again; its log says what it waits for: journalctl -u jetway-agent -n 50");
            return Some(("the agent was started again, and is not ready yet".to_owned(), hint));
        }
        if report.phase != Phase::Ready {
            return Some((format!("not ready yet: {}", report.phase.sentence()), hint("wait, and look again")));
        }
        if !report.is_fresh(self.now) {
            let reason = format!("the agent has said nothing for {} s", self.silent_seconds);
            return Some((reason, hint("restart it, which touches no container: sudo systemctl restart jetway-agent")));
        }
        let sick = report.containers.iter().find(|(_, container)| !container.healthy);
        sick.map(|(name, container)| {
            let answer = container.answer.as_deref().unwrap_or("no answer");
            let id = container.id.get(..12).unwrap_or(&container.id);
            (format!("container `{name}` is unhealthy: {answer}"), format!("its log says more: docker logs {id}"))
        })
    }

    /// That an agent runs whose report says what once was.
    fn outdated(&self) -> Option<(String, String)> {
        let unwritable = self.unwritable.as_ref().filter(|_| self.agent.is_some())?;
        let reason = format!("{unwritable}; what is said here of the agent's work is {} s old", self.silent_seconds);
        Some((reason, unwritable.hint()))
    }

    /// Whether the report is of an agent before the one that runs, which has not written one yet.
    fn is_of_another_agent(&self) -> bool {
        let running = self.agent.as_ref().and_then(|process| process.parse().ok());
        running.is_some_and(|process: u32| process != self.report.agent.pid)
    }

    /// What is wrong with Docker; a user who may not ask it learns it from systemd.
    fn of_docker(&self) -> Option<(String, String)> {
        let error = self.engine.as_ref().err()?;
        let of_unit = self.units.as_ref().and_then(Units::of_docker);
        match error {
            EngineError::Denied(_) => of_unit,
            error => Some(
                of_unit
                    .unwrap_or_else(|| (error.to_string(), "look at its log: journalctl -u docker -n 50".to_owned())),
            ),
        }
    }

    /// The first container that Docker, now, does not have running.
    fn down(&self) -> Option<(ContainerName, String)> {
        let live = self.live.as_ref().filter(|_| self.report.phase == Phase::Ready)?;
        let state = |name: &ContainerName| match live.get(name) {
            None => Some("missing".to_owned()),
            Some(found) if found.is_running => None,
            Some(found) => Some(found.state.clone()),
        };
        self.report.images.keys().find_map(|name| Some((name.clone(), state(name)?)))
    }

    /// Everything as one JSON object.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let trouble = self.trouble();
        let live = self.live.as_ref().map(|live| {
            let state =
                |(name, found): (&ContainerName, &ContainerFacts)| (name.to_string(), found.state.clone().into());
            live.iter().map(state).collect::<serde_json::Map<_, _>>()
        });
        let engine = self.engine.as_ref().ok().map(|engine| {
            serde_json::json!({
                "version": engine.version, "api": engine.api, "store": engine.store.as_str(), "root": engine.root,
            })
        });
        serde_json::json!({
            "healthy": trouble.is_none(),
            "problem": trouble.as_ref().map(|(problem, _)| problem),
            "hint": trouble.as_ref().map(|(_, hint)| hint),
            "agent": { "running": self.agent.is_some(), "process": self.agent },
            "silent_seconds": self.silent_seconds,
            "docker": engine,
            "docker_error": self.engine.as_ref().err().map(ToString::to_string),
            "docker_containers": live,
            "units": self.units.as_ref().map(Units::to_json),
            "disk_free_bytes": self.room.as_ref().map(|room| room.bytes),
            "report": self.report,
        })
    }
}

async fn live(engine: &dyn Engine, report: &BootReport) -> Option<BTreeMap<ContainerName, ContainerFacts>> {
    let labels = [
        (INSTALLATION, report.installation.to_string()),
        (ENVIRONMENT, report.environment.to_string()),
        (APPLICATION, report.application.to_string()),
        (RELEASE, report.release.to_string()),
    ];
    let labels = labels.map(|(name, value)| (name.to_owned(), value)).into();
    let found = engine.containers(&labels).await.ok()?;
    Some(found.into_iter().filter_map(|container| Some((container.container()?, container))).collect())
}
