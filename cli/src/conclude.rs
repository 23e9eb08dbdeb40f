//! The end of a launch: the release takes over from the one before, or it is taken back. The pointer says how far that
//! is, so whoever finds it half done can go on with it.

use jetway_common::current::{Current, Pending, Stage, Terms, Withdrawal};
use jetway_common::name::ReleaseName;
use jetway_common::report::BootReport;
use jetway_common::seconds::Seconds;

use crate::error::{Exit, UserError, exit_of};
use crate::fleet::{Failed, Takeover};
use crate::launch::Launch;
use crate::outcome::{Outcome, explain};
use crate::releases;
use crate::session::{Session, Target};
use crate::watch::{self, Since, Verdict, Watch};

/// How long the previous release may take to serve again; its image is in Docker already.
const RESTORE: Seconds = Seconds(120);

/// The launch is not in progress any more: this command does not conclude what another did.
pub fn overtaken(release: ReleaseName) -> UserError {
    UserError::failed(format!("another command has judged or cancelled {release} meanwhile"))
}

/// Moves the launch in progress to `stage`, unless another command decided otherwise: then what that one said stands.
pub fn advance(current: &mut Current, release: ReleaseName, stage: Stage) -> Result<(), UserError> {
    let ours = current.pending.as_mut().filter(|pending| pending.release == release);
    match ours {
        Some(pending) if [Stage::Launched, stage].contains(&pending.stage) => {
            pending.stage = stage;
            Ok(())
        }
        _ => Err(overtaken(release)),
    }
}

/// Marks the launch in progress as one that comes to nothing.
pub fn give_up(current: &mut Current, release: ReleaseName, why: Withdrawal) -> Result<(), UserError> {
    advance(current, release, Stage::Withdrawn)?;
    // Whoever was first knows why.
    current.withdrawn.entry(release).or_insert(why);
    Ok(())
}

/// Ends the launch in progress, whether or not another command has ended it before.
fn forget(current: &mut Current, release: ReleaseName) {
    current.pending.take_if(|pending: &mut Pending| pending.release == release);
}

/// The release is healthy: it is live, and the one before it goes on standby.
pub async fn accepted(launch: Launch<'_>, reports: &[BootReport]) -> anyhow::Result<Exit> {
    let Launch { session, target, lease, release, terms } = launch;
    let (store, name) = (session.store(), release.record.release);
    let point = |current: &mut Current| {
        advance(current, name, Stage::Accepted)?;
        if current.live != Some(name) {
            current.previous = current.live;
        }
        current.live = Some(name);
        current.withdrawn.remove(&name);
        Ok(())
    };
    let current = releases::change_current(store, &target.keys, point).await?;
    let takeover = Takeover { record: &release.record, previous: current.previous, standby: terms.standby };
    let left = |reason: &str| {
        let message = format!("{reason}: {name} is live, and what was live before is not on standby yet");
        UserError::unknown(message).hint(format!("`jetway wait {}` goes on with it", target.environment))
    };
    let accepted = lease.unless_ended(session.fleet().accept(&takeover), left).await;
    accepted.map_err(|error| match exit_of(&error) {
        Exit::Unknown => error,
        _ => error.context(format!("{name} is live, but what was live before it does not leave")),
    })?;
    let end = |current: &mut Current| {
        forget(current, name);
        Ok(())
    };
    let current = releases::change_current(store, &target.keys, end).await?;
    let url = session.fleet().url(&release.record).await;
    let outcome = Outcome::live(target, name, &current, url, reports);
    session.printer.answer(&outcome, || outcome.text())?;
    Ok(Exit::Done)
}

/// The release failed: its first cause is told, and then it is taken back.
pub async fn failed(launch: Launch<'_>, failed: &Failed) -> anyhow::Result<Exit> {
    let Launch { session, target, release, .. } = launch;
    let name = release.record.release;
    let mark = |current: &mut Current| give_up(current, name, Withdrawal::Failed);
    releases::change_current(session.store(), &target.keys, mark).await?;
    session.printer.error(&explain(name, failed).into());
    let current = withdraw(launch).await?;
    session.printer.answer(&Outcome::failed(target, name, &current, failed), String::new)?;
    Ok(Exit::Failed)
}

/// Takes back what is marked so. The launch stays in progress until it is gone and the live release serves: whoever
/// finds it so can do this again.
pub async fn withdraw(launch: Launch<'_>) -> anyhow::Result<Current> {
    let Launch { session, target, lease, release, terms } = launch;
    let name = release.record.release;
    let left = |reason: &str| {
        let message = format!("{reason}: {name} is still being taken back");
        UserError::unknown(message).hint(format!("`jetway wait {}` goes on with it", target.environment))
    };
    let work = async {
        let withdrawn = session.fleet().withdraw(&release.record, terms.failed).await;
        let current = releases::current(session.store(), &target.keys).await?;
        restore(session, target, &current).await?;
        withdrawn
    };
    lease.unless_ended(work, left).await?;
    let end = |current: &mut Current| {
        forget(current, name);
        Ok(())
    };
    releases::change_current(session.store(), &target.keys, end).await
}

/// What could not even be launched is not in progress, and what was live goes on. What fails here is not the first cause.
pub async fn never_begun(launch: Launch<'_>) {
    let Launch { session, target, release, .. } = launch;
    let taken_back = async {
        let current = releases::current(session.store(), &target.keys).await?;
        if session.fleet().is_launched(&release.record).await? {
            session.fleet().withdraw(&release.record, launch.terms.failed).await?;
        }
        restore(session, target, &current).await
    };
    if let Err(error) = taken_back.await {
        session.printer.warn(format_args!("what was live before does not serve: {error:#}"));
    }
    let name = release.record.release;
    let end = |current: &mut Current| {
        give_up(current, name, Withdrawal::Failed)?;
        forget(current, name);
        Ok(())
    };
    if let Err(error) = releases::change_current(session.store(), &target.keys, end).await {
        session.printer.warn(format_args!("{name} could not be taken back: {error:#}"));
    }
}

/// Makes sure that somebody looks after the live release: where a launch replaces what ran before, it is launched again.
pub async fn restore(session: &Session, target: &Target, current: &Current) -> anyhow::Result<()> {
    let Some(live) = current.live else {
        session.printer.say("nothing serves: there was no release before this one");
        return Ok(());
    };
    let previous = releases::get(session.store(), &target.keys, live).await?;
    if session.fleet().is_attended(&previous.record).await? {
        session.printer.say(format_args!("{live} serves as before"));
        return Ok(());
    }
    let since = Since::now(session, target, &previous).await;
    session.fleet().launch(&previous, Terms { timeout: RESTORE, ..Terms::default() }).await?;
    match Watch::restored(session, target, &previous, since).verdict(watch::limit(RESTORE).duration()).await? {
        Verdict::Healthy(_) => {
            session.printer.say(format_args!("{live} is live and healthy"));
            Ok(())
        }
        Verdict::Failed(failed) => Err(explain(live, &failed).into()),
        Verdict::Unknown(known) => {
            let known = known.join("\n  ");
            Err(UserError::failed(format!("{live} does not serve again: {known}")).into())
        }
        Verdict::Overtaken => Ok(()),
    }
}
