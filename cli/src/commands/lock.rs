//! `jetway lock`: who holds the deploy lock, and freeing one that is left over.

use jetway_common::name::EnvironmentName;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::lease::{self, Held};
use crate::origin::short;
use crate::platform::Written;
use crate::session::Session;

/// What to do with the lock.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show who holds the deploy lock.
    Status {
        /// The environment.
        environment: EnvironmentName,
    },
    /// Take the deploy lock away from whoever holds it. A command that still runs notices and stops.
    Release {
        /// The environment.
        environment: EnvironmentName,
    },
}

impl Command {
    /// The environment whose lock is meant.
    pub fn environment(&self) -> &EnvironmentName {
        let (Self::Status { environment } | Self::Release { environment }) = self;
        environment
    }
}

#[derive(Serialize)]
struct Answer {
    held: bool,
    expired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// Runs the command.
pub async fn run(session: &Session, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Status { environment } => status(session, environment).await,
        Command::Release { environment } => release(session, environment).await,
    }
}

async fn status(session: &Session, environment: &EnvironmentName) -> anyhow::Result<Exit> {
    let target = session.target(environment)?;
    let held = lease::read(session.store(), &target.keys.lock()).await?;
    let now = Timestamp::now();
    session.printer.answer(&answer(held.as_ref()), || match &held {
        None => format!("nobody holds the deploy lock of {} in {environment}\n", target.application),
        Some(held) if held.is_expired() => {
            format!("the lease of {} has expired; the next deploy takes it over\n", short(&held.lock.owner))
        }
        Some(held) => format!("{}\n", lease::describe(&held.lock, now)),
    })?;
    Ok(Exit::Done)
}

async fn release(session: &Session, environment: &EnvironmentName) -> anyhow::Result<Exit> {
    let target = session.target(environment)?;
    let key = target.keys.lock();
    let Some(held) = lease::read(session.store(), &key).await? else {
        let message = format!("nobody holds the deploy lock of {} in {environment}", target.application);
        return Err(UserError::usage(message).into());
    };
    if !held.is_expired() {
        let what = format!("{}; this takes it away", lease::describe(&held.lock, Timestamp::now()));
        session.printer.confirm_by_name(&what, target.application.as_str()).await?;
    }
    if lease::free(session.store(), &key, &held.lock.nonce).await? == Written::Lost {
        let message =
            format!("{} gave the deploy lock back meanwhile, and another holds it now", short(&held.lock.owner));
        return Err(UserError::failed(message).hint(format!("`jetway lock status {environment}` shows who")).into());
    }
    let text = || format!("the deploy lock of {} is free\n", short(&held.lock.owner));
    session.printer.answer(&answer(None), text)?;
    Ok(Exit::Done)
}

fn answer(held: Option<&Held>) -> Answer {
    let lock = held.map(|held| &held.lock);
    Answer {
        held: held.is_some_and(|held| !held.is_expired()),
        expired: held.is_some_and(Held::is_expired),
        owner: lock.map(|lock| lock.owner.clone()),
        reason: lock.map(|lock| lock.reason.clone()),
        taken_at: lock.map(|lock| lock.taken_at),
        expires_at: lock.map(|lock| lock.expires_at),
    }
}
