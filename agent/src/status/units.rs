//! What systemd says of the units that an instance lives by; nothing where there is no systemd to ask.

use serde_json::{Value, json};

use crate::systemd::{self, Bus, BusError, Unit, UnitState};

/// What to do about an agent that does not say enough.
pub(super) const LOG: &str = "its log says why: journalctl -u jetway-agent -n 50";

/// The units, as systemd has them now.
pub(super) struct Units {
    /// The agent's.
    pub(super) agent: Unit,
    /// Docker's.
    pub(super) docker: Unit,
    /// The names of all that failed.
    pub(super) failed: Vec<String>,
}

impl Units {
    /// Asks systemd; none if it does not answer, as on a machine without it.
    pub(super) async fn take() -> Option<Self> {
        let asked: Result<Self, BusError> = async {
            let bus = Bus::connect().await?;
            let (agent, docker, failed) =
                tokio::try_join!(bus.unit(systemd::AGENT), bus.unit(systemd::DOCKER), bus.failed_units())?;
            Ok(Self { agent, docker, failed })
        }
        .await;
        asked.ok()
    }

    /// The units in one line; none if nothing of Jetway's is installed here and all is well.
    pub(super) fn line(&self) -> Option<String> {
        let present = [&self.agent, &self.docker].into_iter().filter(|unit| unit.state != UnitState::Missing);
        let mut parts: Vec<String> = present.map(ToString::to_string).collect();
        if !self.failed.is_empty() {
            parts.push(format!("failed units: {}", self.failed.join(", ")));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What an agent that runs said last; one that has ended says nothing any more.
    pub(super) fn said(&self) -> Option<&str> {
        let runs = matches!(self.agent.state, UnitState::Starting | UnitState::Active);
        self.agent.said.as_deref().filter(|_| runs)
    }

    /// What is wrong with the agent, and what to do: asked when none runs.
    pub(super) fn of_agent(&self) -> Option<(String, String)> {
        let start = "start it: sudo systemctl start jetway-agent";
        let hint = match self.agent.state {
            UnitState::Missing | UnitState::Active => return None,
            UnitState::Starting | UnitState::Stopping => LOG,
            UnitState::Failed | UnitState::Inactive => start,
        };
        Some((format!("{}: nobody watches the containers", self.agent), hint.to_owned()))
    }

    /// What is wrong with an agent that runs, and what to do.
    pub(super) fn of_hung_agent(&self) -> Option<(String, String)> {
        self.agent.hangs().map(|(reason, hint)| (reason, hint.to_owned()))
    }

    /// What is wrong with Docker, and what to do.
    pub(super) fn of_docker(&self) -> Option<(String, String)> {
        let hint = match self.docker.state {
            UnitState::Missing | UnitState::Active => return None,
            UnitState::Starting | UnitState::Stopping => "its log says why: journalctl -u docker -n 50",
            UnitState::Failed | UnitState::Inactive => "start it: sudo systemctl start docker",
        };
        Some((format!("{}: nobody starts containers again", self.docker), hint.to_owned()))
    }

    pub(super) fn to_json(&self) -> Value {
        let unit = |unit: &Unit| {
            json!({
                "unit": unit.name, "state": unit.state.as_str(), "detail": unit.detail, "result": unit.result,
                "restarts": unit.restarts, "said": unit.said,
            })
        };
        json!({ "agent": unit(&self.agent), "docker": unit(&self.docker), "failed": self.failed })
    }
}
