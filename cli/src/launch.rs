//! From a stored release to a judged one: launch, follow, and then either move the pointer or bring the previous
//! release back. `deploy`, `rollback` and `wait` share it.

use jetway_common::current::{Current, Pending};
use jetway_common::name::ReleaseName;
use jetway_common::report::{BootReport, Failure};
use jetway_common::seconds::Seconds;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::lease::Lease;
use crate::origin;
use crate::printer::{Style, harmless};
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

/// What a command says about a launch with `--json`.
#[derive(Serialize)]
struct Answer<'a> {
    application: &'a str,
    environment: &'a str,
    release: ReleaseName,
    outcome: &'static str,
    live: Option<ReleaseName>,
    previous: Option<ReleaseName>,
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
    #[serde(skip_serializing_if = "<[BootReport]>::is_empty")]
    instances: &'a [BootReport],
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
        return detached(session, target, release, &current);
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
    let answer = Answer { instances: reports, ..answer(target, release, "live", &current) };
    session.printer.answer(&answer, || success(session, target, release, &current))?;
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
    let instance = failed.instance.as_ref().map(ToString::to_string);
    let answer = Answer { failure: Some(&failed.failure), instance, ..answer(target, release, "failed", &current) };
    session.printer.answer(&answer, String::new)?;
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

fn answer<'a>(target: &'a Target, release: &StoredRelease, outcome: &'static str, current: &Current) -> Answer<'a> {
    Answer {
        application: target.application.as_str(),
        environment: target.environment.as_str(),
        release: release.record.release,
        outcome,
        live: current.live,
        previous: current.previous,
        url: url(release),
        instance: None,
        failure: None,
        instances: &[],
    }
}

/// Where the application answers on this machine.
pub fn url(release: &StoredRelease) -> Option<String> {
    release.record.http.as_ref().map(|http| format!("http://127.0.0.1:{}", http.port))
}

fn success(session: &Session, target: &Target, release: &StoredRelease, current: &Current) -> String {
    let Target { application, environment, .. } = target;
    let live = session.printer.styled("live", Style::Good);
    let at = url(release).map_or(String::new(), |url| format!(": {url}"));
    let mut text = format!("{} of {application} is {live} in {environment}{at}\n", release.record.release);
    if let Some(previous) = current.previous {
        text += &format!("the release before it was {previous}; `jetway rollback {environment}` goes back\n");
    }
    text
}

fn detached(session: &Session, target: &Target, release: &StoredRelease, current: &Current) -> anyhow::Result<Exit> {
    let Target { environment, .. } = target;
    session.printer.answer(&answer(target, release, "launched", current), || {
        format!("{} is launched; `jetway wait {environment}` tells what comes of it\n", release.record.release)
    })?;
    Ok(Exit::Done)
}

fn interrupted(release: &StoredRelease, target: &Target) -> UserError {
    let Target { environment, .. } = target;
    UserError::unknown(format!("interrupted: {} goes on without this command", release.record.release))
        .hint(format!("`jetway wait {environment}` follows it, `jetway abort {environment}` cancels it"))
}

/// A failure in full: the first cause first, then what a person needs who cannot look at the instance any more.
pub fn explain(release: ReleaseName, failed: &Failed) -> UserError {
    let Failed { instance, failure } = failed;
    let place = instance.as_ref().map_or(String::new(), |instance| format!(" on {instance}"));
    let mut text = format!("{release} failed{place} in phase {}: {}", failure.phase, harmless(&failure.reason));
    if let Some(code) = failure.exit_code {
        text += &format!("\n  exit code: {code}");
    }
    if let Some(answer) = &failure.answer {
        text += &format!("\n  health check: {}", harmless(answer));
    }
    if let (Some(container), false) = (&failure.container, failure.log.is_empty()) {
        text += &format!("\n  last lines of the log of `{container}`:");
        failure.log.iter().for_each(|line| text += &format!("\n    | {}", harmless(line)));
    }
    let error = UserError::failed(text);
    match &failure.hint {
        Some(hint) => error.hint(hint.clone()),
        None => error,
    }
}
