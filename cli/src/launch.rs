//! From a stored release to a judged one: launch, follow, and then either move the pointer or bring the previous
//! release back. `deploy`, `rollback` and `wait` share it.

use jetway_common::current::{Current, Pending};
use jetway_common::report::BootReport;
use jetway_common::seconds::Seconds;
use jiff::Timestamp;

use crate::error::{Exit, UserError};
use crate::lease::Lease;
use crate::origin;
use crate::outcome::{Outcome, explain};
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};
use crate::watch::{Failed, Verdict, Watch};

/// How long the previous release may take to serve again; its image is in Docker already.
const RESTORE: Seconds = Seconds(120);

/// How a launch is followed.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long the release may take until it is ready.
    pub timeout: Seconds,
    /// Whether to leave as soon as the release is launched.
    pub detach: bool,
}

/// Launches `release` and follows it to its end.
pub async fn run(
    session: &Session,
    target: &Target,
    lease: &Lease,
    release: &StoredRelease,
    patience: Patience,
) -> anyhow::Result<Exit> {
    lease.check()?;
    let pending = Pending { release: release.record.release, since: Timestamp::now(), by: origin::who() };
    let mark = |current: &mut Current| current.pending = Some(pending.clone());
    let current = releases::change_current(session.store(), &target.keys, mark).await?;
    session.fleet().launch(&release.record, &release.digest, patience.timeout).await?;
    if patience.detach {
        let outcome = Outcome::launched(target, release, &current);
        session.printer.answer(&outcome, || outcome.text(session.printer))?;
        return Ok(Exit::Done);
    }
    tokio::select! {
        exit = follow(session, target, release, pending.since, patience.timeout) => exit,
        _ = tokio::signal::ctrl_c() => Err(interrupted(release, target).into()),
    }
}

/// Follows a launch that has begun, and concludes it.
pub async fn follow(
    session: &Session,
    target: &Target,
    release: &StoredRelease,
    since: Timestamp,
    timeout: Seconds,
) -> anyhow::Result<Exit> {
    match Watch::new(session, target, release, since).verdict(timeout.duration()).await? {
        Verdict::Healthy(reports) => conclude_healthy(session, target, release, &reports).await,
        Verdict::Failed(failed) => conclude_failed(session, target, release, &failed).await,
        Verdict::Unknown(heard) => {
            let message = format!("{} is neither ready nor failed: {heard}", release.record.release);
            Err(UserError::unknown(message).hint(format!("jetway wait {}", target.environment)).into())
        }
    }
}

async fn conclude_healthy(
    session: &Session,
    target: &Target,
    release: &StoredRelease,
    reports: &[BootReport],
) -> anyhow::Result<Exit> {
    let name = release.record.release;
    let current = releases::change_current(session.store(), &target.keys, |current| {
        if current.live != Some(name) {
            current.previous = current.live;
        }
        current.live = Some(name);
        current.pending = None;
    })
    .await?;
    let outcome = Outcome::live(target, release, &current, reports);
    session.printer.answer(&outcome, || outcome.text(session.printer))?;
    Ok(Exit::Done)
}

async fn conclude_failed(
    session: &Session,
    target: &Target,
    release: &StoredRelease,
    failed: &Failed,
) -> anyhow::Result<Exit> {
    session.printer.error(&explain(release.record.release, failed).into());
    let forget = |current: &mut Current| current.pending = None;
    let current = releases::change_current(session.store(), &target.keys, forget).await?;
    restore(session, target, &current).await?;
    session.printer.answer(&Outcome::failed(target, release, &current, failed), String::new)?;
    Ok(Exit::Failed)
}

/// Puts an agent back to the release that was live before. Its containers are running again already: the agent that
/// failed has restored them.
pub async fn restore(session: &Session, target: &Target, current: &Current) -> anyhow::Result<()> {
    let Some(live) = current.live else {
        session.printer.say("nothing serves: there was no release before this one");
        return Ok(());
    };
    let previous = releases::get(session.store(), &target.keys, live).await?;
    let since = Timestamp::now();
    session.fleet().launch(&previous.record, &previous.digest, RESTORE).await?;
    match Watch::quiet(session, target, &previous, since).verdict(RESTORE.duration()).await? {
        Verdict::Healthy(_) => {
            session.printer.say(format_args!("{live} is serving again"));
            Ok(())
        }
        Verdict::Failed(failed) => Err(explain(live, &failed).into()),
        Verdict::Unknown(heard) => Err(UserError::failed(format!("{live} does not serve again: {heard}")).into()),
    }
}

fn interrupted(release: &StoredRelease, target: &Target) -> UserError {
    let Target { environment, .. } = target;
    UserError::unknown(format!("interrupted: {} goes on without this command", release.record.release))
        .hint(format!("`jetway wait {environment}` follows it, `jetway abort {environment}` cancels it"))
}
