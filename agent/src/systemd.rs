//! systemd, which supervises the agent and knows how the machine's units are. No D-Bus type leaves this folder.

mod bus;
mod notify;
mod unit;

use std::fmt::Write as _;
use std::time::Duration;

use crate::platform::Descent;

pub use bus::{Bus, BusError};
pub use notify::notify;
pub use unit::{Unit, UnitState};

/// The agent's own unit.
pub const AGENT: &str = "jetway-agent.service";
/// Docker's unit.
pub const DOCKER: &str = "docker.service";
/// The unit that keeps containers from instance metadata.
pub const IMDS: &str = "jetway-imds.service";

/// How long it is asked whether the system goes down. The agent goes on meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);

/// How the whole system is going down, as far as can be told: an agent that systemd did not start does not ask, and where
/// nobody answers for long, the agent alone is meant, because that leaves the containers alone.
pub async fn descent() -> Option<Descent> {
    if !is_supervised() {
        return None;
    }
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            let asked = async { Bus::connect_patiently().await?.descent().await };
            match asked.await {
                Ok(descent) => return descent,
                Err(error) => tracing::warn!("told to stop, and not known yet whether the system goes down: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    asked.await.unwrap_or_else(|_| {
        tracing::warn!("taken for a stop of the agent alone: nobody said otherwise in {} s", PATIENCE.as_secs());
        None
    })
}

/// Has Docker started if it does not run, where the agent may do that; what systemd says of it, for people. Nothing when an
/// agent that systemd did not start asks, or when Docker runs.
pub async fn wake_docker() -> Option<String> {
    if !is_supervised() {
        return None;
    }
    let said = ask(async |bus| {
        let unit = bus.unit(DOCKER).await?;
        if unit.state == UnitState::Active {
            return Ok(None);
        }
        let mut said = unit.to_string();
        // Writing to a text cannot fail.
        let _ = match bus.start(DOCKER).await {
            Ok(()) => write!(said, "; it is being started"),
            Err(error) => write!(said, "; it was not started: {error}"),
        };
        Ok(Some(said))
    });
    said.await.unwrap_or_else(|error| Some(error.to_string()))
}

/// Whether the unit that keeps containers from instance metadata has done so; if not, why.
pub async fn check_guard() -> Result<(), String> {
    let unit = ask(async |bus| bus.unit(IMDS).await).await.map_err(|error| error.to_string())?;
    if unit.state == UnitState::Active { Ok(()) } else { Err(format!("{unit}; see journalctl -u {IMDS}")) }
}

async fn ask<T>(question: impl AsyncFnOnce(&Bus) -> Result<T, BusError>) -> Result<T, BusError> {
    question(&Bus::connect().await?).await
}

/// Whether systemd started this process and waits for its word. It gives every notifying service this variable:
/// <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>.
pub fn is_supervised() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
}
