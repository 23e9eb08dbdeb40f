//! `jetway wait`: follows the launch in progress to its end, whoever began it and whether or not they are still there.

use std::time::Duration;

use jetway_common::current::{Current, Pending, Stage};
use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde::Serialize;
use tokio::time::Instant;

use crate::conclude;
use crate::error::{Exit, UserError};
use crate::launch::{self, Launch};
use crate::lease::{self, Lease};
use crate::outcome;
use crate::session::{Session, Target};
use crate::watch::{self, Since};
use crate::{releases, reports};

/// How often a launch is looked at that another command follows.
const POLL: Duration = Duration::from_millis(300);

/// What to wait for.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    pub environment: EnvironmentName,
    /// How long to wait at most.
    #[arg(long, default_value = "15m", value_name = "TIME")]
    timeout: Seconds,
}

#[derive(Serialize)]
struct Answer<'a> {
    application: &'a str,
    environment: &'a str,
    outcome: &'static str,
    live: Option<ReleaseName>,
    previous: Option<ReleaseName>,
}

/// Waits for the launch in progress.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let deadline = Instant::now() + arguments.timeout.duration();
    let current = releases::current(session.store(), &target.keys).await?;
    let Some(pending) = current.pending.clone() else { return settled(session, &target, &current).await };
    session.printer.say(format_args!("waiting for {} of {}", pending.release, target.application));
    loop {
        let current = releases::current(session.store(), &target.keys).await?;
        if !current.pending.as_ref().is_some_and(|now| is_same(now, &pending)) {
            return judged_by_another(session, &target, &current, pending.release).await;
        }
        if lease::is_free(session.store(), &target.keys.lock()).await? {
            return take_over(session, &target, &pending, deadline).await;
        }
        if Instant::now() >= deadline {
            let message = format!("{} is not judged yet after {}", pending.release, arguments.timeout);
            let hint = format!("`jetway wait {}` goes on waiting", target.environment);
            return Err(UserError::unknown(message).hint(hint).into());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The command that launched it is gone: this one judges.
async fn take_over(session: &Session, target: &Target, pending: &Pending, deadline: Instant) -> anyhow::Result<Exit> {
    let reason = format!("wait for {} of {}", pending.release, target.application);
    let left = || deadline.saturating_duration_since(Instant::now());
    lease::hold(session, target, &reason, left(), async |lease| {
        // Of two that wait, the other may have been faster.
        let current = releases::current(session.store(), &target.keys).await?;
        match current.pending.clone().filter(|now| is_same(now, pending)) {
            None => judged_by_another(session, target, &current, pending.release).await,
            Some(pending) => go_on(session, target, lease, &pending, left()).await,
        }
    })
    .await
}

/// Goes on from where the command that launched it was.
async fn go_on(
    session: &Session,
    target: &Target,
    lease: &Lease,
    pending: &Pending,
    patience: Duration,
) -> anyhow::Result<Exit> {
    let release = releases::get(session.store(), &target.keys, pending.release).await?;
    let launch = Launch { session, target, lease, release: &release, terms: pending.terms };
    match pending.stage {
        Stage::Launched => {
            // The command may have died between the mark in the store and the launch.
            if !session.fleet().is_launched(&release.record).await? {
                session.fleet().launch(&release, pending.terms).await?;
            }
            launch::follow(launch, Since::Time(pending.since), pending.since, patience).await
        }
        Stage::Accepted => {
            let reports = reports::read(session.store(), target, pending.release).await?;
            conclude::accepted(launch, &reports.readable).await
        }
        Stage::Withdrawn => {
            let current = conclude::withdraw(launch).await?;
            judged_by_another(session, target, &current, pending.release).await
        }
    }
}

/// Whether both speak of one launch, however far it is.
fn is_same(one: &Pending, other: &Pending) -> bool {
    (one.release, one.since) == (other.release, other.since)
}

async fn judged_by_another(
    session: &Session,
    target: &Target,
    current: &Current,
    release: ReleaseName,
) -> anyhow::Result<Exit> {
    if current.live == Some(release) {
        return answer(session, target, current, "live");
    }
    let reports = reports::read(session.store(), target, release).await?;
    if let Some(failed) = reports.readable.iter().find_map(watch::failure_of) {
        session.printer.error(&outcome::explain(release, &failed).into());
    }
    answer(session, target, current, "failed")?;
    Ok(Exit::Failed)
}

/// Nothing is in progress. On a machine without an init system this is also where a dead agent is started again.
async fn settled(session: &Session, target: &Target, current: &Current) -> anyhow::Result<Exit> {
    if let Some(live) = current.live {
        let live = releases::get(session.store(), &target.keys, live).await?;
        if !session.fleet().is_attended(&live.record).await? {
            session.printer.say("the agent is gone; starting it again");
            conclude::restore(session, target, current).await?;
        }
    }
    answer(session, target, current, "settled")
}

fn answer(session: &Session, target: &Target, current: &Current, outcome: &'static str) -> anyhow::Result<Exit> {
    let Target { application, environment, .. } = target;
    let answer = Answer {
        application: application.as_str(),
        environment: environment.as_str(),
        outcome,
        live: current.live,
        previous: current.previous,
    };
    session.printer.answer(&answer, || match current.live {
        Some(live) => format!("{live} of {application} is live in {environment}; nothing is in progress\n"),
        None => format!("nothing of {application} is live in {environment}, and nothing is in progress\n"),
    })?;
    Ok(Exit::Done)
}
