//! What is known of an instance at one moment, and the judgement of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jetway_common::container::{APPLICATION, ENVIRONMENT, INSTALLATION, RELEASE};
use jetway_common::document::{Document as _, DocumentError};
use jetway_common::name::ContainerName;
use jetway_common::report::{BootReport, Phase};
use jiff::Timestamp;

use crate::engine::Engine;
use crate::engine::facts::{ContainerFacts, EngineFacts};
use crate::run_dir::RunDir;
use crate::steps::pull::disk;

/// Docker gets this long to answer; a status that hangs helps nobody.
const DOCKER_LIMIT: Duration = Duration::from_secs(1);
/// An agent that serves writes every ten seconds.
const SILENT_SECONDS: i64 = 60;

/// What is known of an instance.
pub(super) struct View {
    /// What the agent wrote last.
    pub(super) report: BootReport,
    /// The process of the agent, if it runs.
    pub(super) agent: Option<String>,
    /// How long ago the agent wrote, in seconds.
    pub(super) silent_seconds: i64,
    /// The containers as Docker has them now; none when it does not answer.
    pub(super) live: Option<BTreeMap<ContainerName, ContainerFacts>>,
    /// The engine as it is now; none when it does not answer.
    pub(super) engine: Option<EngineFacts>,
    /// The bytes free where Docker keeps its data.
    pub(super) disk_free: Option<u64>,
}

/// Why there is nothing to judge by.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unknown {
    /// No report to read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is no report.
    #[error("`{path}`: {source}")]
    Invalid {
        /// Which file.
        path: String,
        /// Why.
        source: DocumentError,
    },
}

impl View {
    /// Reads the report and asks Docker.
    pub(super) async fn take(run_dir: &RunDir, engine: &dyn Engine) -> Result<Self, Unknown> {
        let path = run_dir.report();
        let name = path.display().to_string();
        let bytes =
            tokio::fs::read(&path).await.map_err(|source| Unknown::Unreadable { path: name.clone(), source })?;
        let report = BootReport::from_bytes(&bytes).map_err(|source| Unknown::Invalid { path: name, source })?;
        let (engine, live) = tokio::join!(
            tokio::time::timeout(DOCKER_LIMIT, engine.describe()),
            tokio::time::timeout(DOCKER_LIMIT, live(engine, &report)),
        );
        let (engine, live) = (engine.ok().and_then(Result::ok), live.ok().flatten());
        Ok(Self {
            agent: run_dir.running_agent(),
            silent_seconds: Timestamp::now().as_second() - report.updated_at.as_second(),
            disk_free: engine.as_ref().and_then(|engine| disk::free(&engine.root)),
            live,
            engine,
            report,
        })
    }

    /// Whether the release serves, every container is healthy, and an agent watches it.
    pub(super) fn is_healthy(&self) -> bool {
        self.trouble().is_none()
    }

    /// What is wrong, and what to do about it.
    pub(super) fn trouble(&self) -> Option<(String, String)> {
        let report = &self.report;
        let hint = |text: &str| text.to_owned();
        if report.phase == Phase::Failed {
            let failure = report.failure.as_ref();
            let reason = failure.map_or_else(|| "the release failed".to_owned(), |failure| failure.reason.clone());
            let advice = failure.and_then(|failure| failure.hint.clone());
            return Some((reason, advice.unwrap_or_else(|| hint("the agent's log says more"))));
        }
        if let Some((container, state)) = self.down() {
            return Some((
                format!("container `{container}` is {state}"),
                hint("the agent brings it back; see its log"),
            ));
        }
        if report.phase == Phase::Stopped {
            return Some((hint("the release was stopped on purpose"), hint("deploy it again to start it")));
        }
        if self.agent.is_none() {
            let reason = "no agent runs here: nobody watches the containers";
            return Some((hint(reason), hint("start it: systemctl start jetway-agent, or deploy again")));
        }
        if report.phase != Phase::Ready {
            return Some((format!("not ready yet: {}", report.phase.sentence()), hint("wait, and look again")));
        }
        if self.silent_seconds > SILENT_SECONDS {
            let reason = format!("the agent has said nothing for {} s", self.silent_seconds);
            return Some((reason, hint("restart it: systemctl restart jetway-agent; containers are not touched")));
        }
        let sick = report.containers.iter().find(|(_, container)| !container.healthy);
        sick.map(|(name, container)| {
            let answer = container.answer.as_deref().unwrap_or("no answer");
            (format!("container `{name}` is unhealthy: {answer}"), hint("its log says more: docker logs"))
        })
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
        let engine = self.engine.as_ref().map(|engine| {
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
            "docker_containers": live,
            "disk_free_bytes": self.disk_free,
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
