//! What became of a command that was sent to an instance: how it ended, or why there is no answer.

use jetway_common::seconds::Seconds;
use jiff::Timestamp;
use serde::Serialize;

use crate::local_time::local;
use crate::printer::harmless;

/// What became of a command that was sent to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It ran to its end there.
    Ended(Ended),
    /// Nothing is known of it.
    Silent(Silence),
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code.
    pub exit_code: i64,
    /// What it printed.
    pub stdout: String,
    /// What it told people.
    pub stderr: String,
    /// Whether the end of either is missing.
    pub is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Silence {
    /// Nothing on the instance has ever asked for commands.
    NotRegistered,
    /// What fetches commands there has not asked for any for a while.
    Lost {
        /// When it last did.
        heard_at: Option<Timestamp>,
    },
    /// The command was not fetched in time.
    Undelivered,
    /// The command was fetched, and has not ended in time.
    TimedOut {
        /// How long it was given.
        limit: Seconds,
    },
    /// The command was cancelled before it had ended.
    Cancelled,
    /// The command was not begun, or was ended by somebody.
    Refused {
        /// In the words of whoever refused.
        because: String,
    },
}

impl Silence {
    /// The sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotRegistered => "its SSM agent is not registered".to_owned(),
            Self::Lost { heard_at: None } => "its SSM agent is out of reach".to_owned(),
            Self::Lost { heard_at: Some(at) } => format!("its SSM agent was last heard at {}", local(*at)),
            Self::Undelivered => "its SSM agent did not fetch the command".to_owned(),
            Self::TimedOut { limit } => format!("the command did not end within {limit}"),
            Self::Cancelled => "the command was cancelled".to_owned(),
            Self::Refused { because } => harmless(because),
        }
    }
}
