//! `jetway destroy`: stops the application and removes what runs it.

use jetway_common::current::Current;
use jetway_common::layout::ObjectKey;
use jetway_common::name::EnvironmentName;
use jetway_common::seconds::Seconds;
use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::lease::{self, Lease};
use crate::releases;
use crate::session::{Session, Target};

/// What to remove.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to remove the application from.
    pub environment: EnvironmentName,
    /// Also delete its releases and configs in this environment; without this they stay and can be deployed again.
    #[arg(long)]
    purge: bool,
    /// How long to wait for a deploy in progress to finish.
    #[arg(long, default_value = "0s", value_name = "TIME")]
    wait: Seconds,
}

#[derive(Serialize)]
struct Answer<'a> {
    application: &'a str,
    environment: &'a str,
    destroyed: bool,
    purged: bool,
}

/// Removes the application from an environment.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let Target { application, environment, .. } = &target;
    let also = if arguments.purge { ", and deletes its releases and configs there" } else { "" };
    let what = format!("this stops {application} in {environment}{also}");
    session.printer.confirm_by_name(&what, application.as_str()).await?;
    let reason = format!("destroy of {application} in {environment}");
    lease::hold(session, &target, &reason, arguments.wait.duration(), async |lease| {
        stop(session, &target, lease).await?;
        if arguments.purge { purge(session, &target).await } else { Ok(()) }
    })
    .await?;
    let answer = Answer {
        application: application.as_str(),
        environment: environment.as_str(),
        destroyed: true,
        purged: arguments.purge,
    };
    session.printer.answer(&answer, || format!("{application} no longer runs in {environment}\n"))?;
    Ok(Exit::Done)
}

async fn stop(session: &Session, target: &Target, lease: &Lease) -> anyhow::Result<()> {
    let step = session.printer.step("destroy");
    step.note("stopping the containers");
    let left = |reason: &str| {
        let message = format!("{reason}: the containers of {} are still being stopped", target.application);
        UserError::unknown(message).hint(format!("`jetway destroy {}` goes on with it", target.environment))
    };
    let live = match releases::current(session.store(), &target.keys).await?.live {
        Some(live) => releases::find(session.store(), &target.keys, live).await?,
        None => None,
    };
    lease.unless_ended(session.fleet().end(target, live.as_ref()), left).await?;
    let forget = |current: &mut Current| {
        (current.live, current.previous, current.pending) = (None, None, None);
        Ok(())
    };
    releases::change_current(session.store(), &target.keys, forget).await?;
    step.done("nothing of it runs any more");
    Ok(())
}

/// Removing collects nothing on purpose: what could not be deleted is named, and the command can be run again. The lock
/// is given back in its own way.
async fn purge(session: &Session, target: &Target) -> anyhow::Result<()> {
    let prefix = target.keys.all();
    let keys = session.store().list(&prefix).await?.into_iter().map(|entry| ObjectKey::listed(&prefix, &entry.name));
    for key in keys.filter(|key| *key != target.keys.lock()) {
        session.store().delete(&key).await?;
    }
    Ok(())
}
