//! What an instance says about itself: the boot report and its phases.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Document;
use crate::name::{ApplicationName, ContainerName, EnvironmentName, InstallationName, InstanceId, ReleaseName};
use crate::seconds::Seconds;

/// One step of an instance's life, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Learning which instance this is.
    Identify,
    /// Reading the release record.
    Fetch,
    /// Opening the config.
    Unseal,
    /// Getting the images into Docker.
    Pull,
    /// Making the running containers equal to the release.
    Start,
    /// Waiting until every container is healthy.
    Probe,
    /// Serving.
    Ready,
    /// Leaving: containers are being stopped.
    Draining,
    /// Nothing of the release runs here any more, on purpose.
    Stopped,
    /// The release cannot run here.
    Failed,
}

impl Phase {
    /// The phases that lead to [`Phase::Ready`], in order.
    pub const BOOT: [Self; 6] = [Self::Identify, Self::Fetch, Self::Unseal, Self::Pull, Self::Start, Self::Probe];

    /// What happens in it, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Identify => "learning which instance this is",
            Self::Fetch => "reading the release record",
            Self::Unseal => "opening the config",
            Self::Pull => "getting the images into Docker",
            Self::Start => "starting the containers",
            Self::Probe => "waiting until every container is healthy",
            Self::Ready => "serving",
            Self::Draining => "stopping the containers",
            Self::Stopped => "stopped on purpose",
            Self::Failed => "failed",
        }
    }

    /// Whether a deploy can be judged by it.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Ready | Self::Stopped | Self::Failed)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identify => "identify",
            Self::Fetch => "fetch",
            Self::Unseal => "unseal",
            Self::Pull => "pull",
            Self::Start => "start",
            Self::Probe => "probe",
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        })
    }
}

/// Everything that an instance says about itself. Written whole at each change; no values of the config are in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootReport {
    /// The installation that the instance belongs to.
    pub installation: InstallationName,
    /// The environment that the instance belongs to.
    pub environment: EnvironmentName,
    /// The application that it runs.
    pub application: ApplicationName,
    /// The release that it runs.
    pub release: ReleaseName,
    /// The instance.
    pub instance: InstanceId,
    /// The agent that writes this.
    pub agent: AgentReport,
    /// Tells one start of the agent for this release from the next.
    pub boot: String,
    /// Where the instance is in its life.
    pub phase: Phase,
    /// What it went through, oldest first.
    pub history: Vec<PhaseReport>,
    /// The image that each container runs: the manifest's digest.
    #[serde(default)]
    pub images: BTreeMap<ContainerName, Digest>,
    /// The containers, as Docker last told.
    #[serde(default)]
    pub containers: BTreeMap<ContainerName, ContainerReport>,
    /// The Docker engine, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineReport>,
    /// Changes of health while serving, oldest first, the last twenty.
    #[serde(default)]
    pub health: Vec<HealthReport>,
    /// Why the release cannot run here, in [`Phase::Failed`]; otherwise the last trouble of its boot, or what is wrong now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When this was written.
    pub updated_at: Timestamp,
    /// How often it is written anew while the instance serves, even when nothing changed; ten seconds where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Seconds>,
}

impl BootReport {
    /// Whether it tells of `now`: an instance that serves may have missed two of its signs of life.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let heartbeat = self.heartbeat.unwrap_or(Seconds(10));
        now.duration_since(self.updated_at).as_secs() < 3 * i64::from(heartbeat.0)
    }
}

impl Document for BootReport {
    const KIND: &'static str = "boot report";
    const FORMAT: u64 = 1;
}

/// The agent that writes a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentReport {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
}

/// One phase that an instance entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseReport {
    /// Which.
    pub phase: Phase,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, once it is over, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it is waiting for or what came of it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One container, as Docker last told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerReport {
    /// Docker's id of it.
    pub id: String,
    /// Docker's word for its state: `running`, `restarting`, `exited`, ...
    pub state: String,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How often Docker or the agent had to start it again.
    pub restarts: u64,
    /// Whether it is what the release asks for: running, and its health check answered.
    pub healthy: bool,
    /// What the health check last answered, or why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The Docker engine of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineReport {
    /// Its version.
    pub version: String,
    /// The API version that was agreed on.
    pub api: String,
    /// Its image store: `classic` or `containerd`.
    pub store: String,
}

/// A change of health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthReport {
    /// When.
    pub at: Timestamp,
    /// Of which container.
    pub container: ContainerName,
    /// Whether it became healthy.
    pub healthy: bool,
    /// What the health check answered.
    pub answer: String,
}

/// Why something did not work, with all that a person needs who cannot look at the instance any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The phase in which it happened.
    pub phase: Phase,
    /// What happened and why.
    pub reason: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The container it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerName>,
    /// The container's exit code, if it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// What the health check last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The last lines of the container's log, oldest first, made harmless for a terminal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}
