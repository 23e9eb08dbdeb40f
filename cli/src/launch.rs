//! From a stored release to a judged one: launch, follow, and then either move the pointer or bring the previous
//! release back. `deploy`, `rollback` and `wait` share it.

use jetway_common::current::{Current, Pending};
use jetway_common::name::ReleaseName;
use jetway_common::report::BootReport;
use jetway_common::seconds::Seconds;
use jiff::Timestamp;

use crate::error::{Exit, UserError};
use crate::lease::Lease;
use crate::origin;
use crate::outcome::{Outcome, explain};
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};
use crate::watch::{self, Failed, Since, Verdict, Watch};

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

/// A launch that nobody has judged yet must be settled first, or its release would be lost sight of.
pub async fn refuse_if_pending(session: &Session, target: &Target) -> anyhow::Result<()> {
    Ok(nothing_pending(&releases::current(session.store(), &target.keys).await?, target)?)
}

fn nothing_pending(current: &Current, target: &Target) -> Result<(), UserError> {
    let Some(pending) = &current.pending else { return Ok(()) };
    let Target { environment, .. } = target;
    let since = pending.since.strftime("%H:%M:%S UTC");
    let message = format!("{} was launched by {} at {since} and is not judged yet", pending.release, pending.by);
    let hint = format!("`jetway wait {environment}` settles it, `jetway abort {environment}` cancels it");
    Err(UserError::failed(message).hint(hint))
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
    let mark = |current: &mut Current| {
        nothing_pending(current, target)?;
        current.pending = Some(pending.clone());
        Ok(())
    };
    let since = Since::now(session, target, release).await;
    let current = releases::change_current(session.store(), &target.keys, mark).await?;
    if let Err(error) = session.fleet().launch(&release.record, &release.digest, patience.timeout).await {
        take_back(session, target, pending.release).await;
        return Err(error);
    }
    if patience.detach {
        let outcome = Outcome::launched(target, release, &current);
        session.printer.answer(&outcome, || outcome.text())?;
        return Ok(Exit::Done);
    }
    follow(session, target, lease, release, since, watch::limit(patience.timeout)).await
}

/// What could not even be launched is not in progress, and what was live goes on. What fails here is not the first cause.
async fn take_back(session: &Session, target: &Target, release: ReleaseName) {
    let taken_back = async {
        let current = releases::current(session.store(), &target.keys).await?;
        let is_untouched = session.fleet().target(&target.application).await? != Some(release);
        if !is_untouched || !session.fleet().is_alive(&target.application).await? {
            restore(session, target, &current).await?;
        }
        anyhow::Ok(())
    };
    if let Err(error) = taken_back.await {
        session.printer.warn(format_args!("what was live before does not serve: {error:#}"));
    }
    let forget = |current: &mut Current| judged(current, release, |_| {});
    if let Err(error) = releases::change_current(session.store(), &target.keys, forget).await {
        session.printer.warn(format_args!("{release} could not be taken back: {error:#}"));
    }
}

/// Follows a launch that has begun, and concludes it.
pub async fn follow(
    session: &Session,
    target: &Target,
    lease: &Lease,
    release: &StoredRelease,
    since: Since,
    timeout: Seconds,
) -> anyhow::Result<Exit> {
    let verdict = Watch::new(session, target, release, since).verdict(timeout.duration());
    match lease.unless_ended(verdict, |reason| goes_on(reason, release, target)).await? {
        Verdict::Healthy(reports) => conclude_healthy(session, target, release, &reports).await,
        Verdict::Failed(failed) => conclude_failed(session, target, release, &failed).await,
        Verdict::Unknown(heard) => {
            let message = format!("{} is neither ready nor failed: {heard}", release.record.release);
            let Target { environment, .. } = target;
            let hint = format!("`jetway wait {environment}` goes on waiting, `jetway abort {environment}` cancels it");
            Err(UserError::unknown(message).hint(hint).into())
        }
    }
}

fn goes_on(reason: &str, release: &StoredRelease, target: &Target) -> UserError {
    let Target { environment, .. } = target;
    UserError::unknown(format!("{reason}: {} goes on without this command", release.record.release))
        .hint(format!("`jetway wait {environment}` follows it, `jetway abort {environment}` cancels it"))
}

/// Ends a launch in the pointer, unless another command has: then what that one said stands.
fn judged(current: &mut Current, release: ReleaseName, change: impl FnOnce(&mut Current)) -> Result<(), UserError> {
    if current.pending.take_if(|pending| pending.release == release).is_none() {
        return Err(UserError::failed(format!("another command has judged or cancelled {release} meanwhile")));
    }
    change(current);
    Ok(())
}

async fn conclude_healthy(
    session: &Session,
    target: &Target,
    release: &StoredRelease,
    reports: &[BootReport],
) -> anyhow::Result<Exit> {
    let name = release.record.release;
    let point = |current: &mut Current| {
        if current.live != Some(name) {
            current.previous = current.live;
        }
        current.live = Some(name);
    };
    let change = |current: &mut Current| judged(current, name, point);
    let current = releases::change_current(session.store(), &target.keys, change).await?;
    let outcome = Outcome::live(target, release, &current, reports);
    session.printer.answer(&outcome, || outcome.text())?;
    Ok(Exit::Done)
}

async fn conclude_failed(
    session: &Session,
    target: &Target,
    release: &StoredRelease,
    failed: &Failed,
) -> anyhow::Result<Exit> {
    let name = release.record.release;
    let current = releases::current(session.store(), &target.keys).await?;
    judged(&mut current.clone(), name, |_| {})?;
    session.printer.error(&explain(name, failed).into());
    // The launch stays in progress until the previous release serves: whoever finds it so can do this again.
    let restored = restore(session, target, &current).await;
    let forget = |current: &mut Current| judged(current, name, |_| {});
    let current = releases::change_current(session.store(), &target.keys, forget).await?;
    restored?;
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
    let since = Since::now(session, target, &previous).await;
    session.fleet().launch(&previous.record, &previous.digest, RESTORE).await?;
    match Watch::quiet(session, target, &previous, since).verdict(watch::limit(RESTORE).duration()).await? {
        Verdict::Healthy(_) => {
            session.printer.say(format_args!("{live} is live and healthy"));
            Ok(())
        }
        Verdict::Failed(failed) => Err(explain(live, &failed).into()),
        Verdict::Unknown(heard) => Err(UserError::failed(format!("{live} does not serve again: {heard}")).into()),
    }
}
