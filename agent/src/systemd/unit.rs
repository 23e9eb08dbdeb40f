//! A unit as systemd has it, in our words.

use std::fmt;
use std::time::Duration;

/// Twice as long as the agent may take for a sign of life.
const HANGS: Duration = Duration::from_secs(20);

/// How a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: UnitState,
    /// systemd's finer word for the state, such as `running` or `auto-restart`.
    pub detail: String,
    /// How it ended last, such as `exit-code` or `watchdog`; none when it ended well, or has not ended.
    pub result: Option<String>,
    /// How often systemd has started it again by itself.
    pub restarts: u32,
    /// How long ago it gave its watchdog a sign of life; none where none waits for one.
    pub silent: Option<Duration>,
    /// What its service said last of what it does.
    pub said: Option<String>,
}

/// The states of a unit that make a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitState {
    /// There is no such unit.
    Missing,
    /// It runs; or, for one that only does something once, it did it.
    Active,
    /// It is on its way up, or is about to be tried again.
    Starting,
    /// It is on its way down.
    Stopping,
    /// It ended badly, and nobody tries again.
    Failed,
    /// It does not run, and nobody wants it to.
    Inactive,
}

impl UnitState {
    /// The state for systemd's words: <https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html>.
    pub(super) fn of(load: &str, active: &str) -> Self {
        match (load, active) {
            ("not-found" | "masked", _) => Self::Missing,
            (_, "active" | "reloading" | "refreshing") => Self::Active,
            (_, "activating") => Self::Starting,
            (_, "deactivating") => Self::Stopping,
            (_, "failed") => Self::Failed,
            _ => Self::Inactive,
        }
    }

    /// The word for it, for people and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "not installed",
            Self::Active => "active",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
            Self::Inactive => "not running",
        }
    }
}

impl Unit {
    /// What is wrong with an agent that runs and does nothing, and what to do.
    pub fn hangs(&self) -> Option<(String, &'static str)> {
        let silent = self.silent.filter(|silent| *silent >= HANGS)?;
        let reason = format!("the agent hangs: no sign of life for {} s", silent.as_secs());
        Some((reason, "wait: systemd starts another one within a minute, which touches no container"))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.name, self.state.as_str())?;
        if self.state != UnitState::Missing {
            write!(f, " ({})", self.result.as_ref().unwrap_or(&self.detail))?;
        }
        match self.restarts {
            0 => Ok(()),
            1 => f.write_str(", restarted once"),
            count => write!(f, ", restarted {count} times"),
        }
    }
}
