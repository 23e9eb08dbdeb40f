//! From a stored release to a judged one: launch, follow, conclude. `deploy`, `promote`, `rollback` and `wait` share it.

use std::time::Duration;

use jetway_common::current::{Current, Pending, Stage, Terms};
use jiff::Timestamp;

use crate::conclude;
use crate::error::{Exit, UserError, exit_of};
use crate::lease::Lease;
use crate::origin;
use crate::outcome::Outcome;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};
use crate::watch::{self, Since, Verdict, Watch};

/// A launch in progress that somebody follows.
#[derive(Clone, Copy)]
pub struct Launch<'a> {
    /// Where to print and what to act on.
    pub session: &'a Session,
    /// What is launched, and where.
    pub target: &'a Target,
    /// The deploy lock.
    pub lease: &'a Lease,
    /// The release.
    pub release: &'a StoredRelease,
    /// How it is to be done.
    pub terms: Terms,
}

/// A launch that is not concluded must be settled first, or its release would be lost sight of.
pub async fn refuse_if_pending(session: &Session, target: &Target) -> anyhow::Result<()> {
    Ok(nothing_pending(&releases::current(session.store(), &target.keys).await?, target)?)
}

fn nothing_pending(current: &Current, target: &Target) -> Result<(), UserError> {
    let Some(Pending { release, since, by, stage, .. }) = &current.pending else { return Ok(()) };
    let Target { environment, .. } = target;
    let (since, by) = (since.strftime("%H:%M:%S UTC"), origin::short(by));
    let (is, hint) = match stage {
        Stage::Launched => ("is not judged yet", format!(", `jetway abort {environment}` cancels it")),
        Stage::Accepted => ("is still taking over", String::new()),
        Stage::Withdrawn => ("is still being taken back", String::new()),
    };
    let message = format!("{release} was launched by {by} at {since} and {is}");
    Err(UserError::failed(message).hint(format!("`jetway wait {environment}` settles it{hint}")))
}

/// Begins the launch and, unless `detach`, follows it to its end.
pub async fn run(launch: Launch<'_>, detach: bool) -> anyhow::Result<Exit> {
    let Launch { session, target, lease, release, terms } = launch;
    lease.check()?;
    let (name, stage, begun) = (release.record.release, Stage::Launched, Timestamp::now());
    let pending = Pending { release: name, since: begun, by: origin::who(session), stage, terms };
    let mark = |current: &mut Current| {
        nothing_pending(current, target)?;
        current.withdrawn.remove(&name);
        current.pending = Some(pending.clone());
        Ok(())
    };
    let since = Since::now(session, target, release).await;
    let current = releases::change_current(session.store(), &target.keys, mark).await?;
    if let Err(error) = session.fleet().launch(release, terms).await {
        // What may have begun all the same stays in progress, and `wait` finds out.
        if exit_of(&error) != Exit::Unknown {
            conclude::never_begun(launch).await;
        }
        return Err(error);
    }
    if detach {
        let url = session.fleet().url(&release.record).await;
        let outcome = Outcome::launched(target, name, &current, url);
        session.printer.answer(&outcome, || outcome.text())?;
        return Ok(Exit::Done);
    }
    follow(launch, since, begun, watch::limit(terms.timeout).duration()).await
}

/// Follows a launch that began at `begun`, for no longer than `limit`, and concludes it. What is not healthy by then has
/// failed only if the launch's own time is over, too.
pub async fn follow(launch: Launch<'_>, since: Since, begun: Timestamp, limit: Duration) -> anyhow::Result<Exit> {
    let Launch { session, target, lease, release, terms } = launch;
    let due = begun.saturating_add(watch::limit(terms.timeout).duration())?;
    let verdict = Watch::new(session, target, release, since).due_at(due).verdict(limit);
    match lease.unless_ended(verdict, |reason| launch.goes_on(reason)).await? {
        Verdict::Healthy(reports) => conclude::accepted(launch, &reports).await,
        Verdict::Failed(failed) => conclude::failed(launch, &failed).await,
        Verdict::Overtaken => Err(conclude::overtaken(release.record.release).into()),
        Verdict::Unknown(known) => {
            let message = format!("{} is neither ready nor failed: {}", release.record.release, known.join("\n  "));
            let Target { environment, .. } = target;
            let hint = format!("`jetway wait {environment}` goes on waiting, `jetway abort {environment}` cancels it");
            Err(UserError::unknown(message).hint(hint).into())
        }
    }
}

impl Launch<'_> {
    /// What to say when this command leaves a launch that nobody has judged.
    fn goes_on(&self, reason: &str) -> UserError {
        let environment = &self.target.environment;
        UserError::unknown(format!("{reason}: {} goes on without this command", self.release.record.release))
            .hint(format!("`jetway wait {environment}` follows it, `jetway abort {environment}` cancels it"))
    }
}
