//! `jetway scale`: changes the number of instances of the live release.

use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde::Serialize;

use super::terms::some_time;
use crate::error::{Exit, UserError};
use crate::launch;
use crate::lease;
use crate::outcome::explain;
use crate::releases;
use crate::session::{Session, Target};
use crate::watch::{self, Since, Verdict, Watch};

/// How many instances there are to be.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to scale.
    pub environment: EnvironmentName,
    /// The number of instances, until the next release is made with the manifest's; 0 to 1000.
    #[arg(value_parser = clap::value_parser!(u32).range(..=1000))]
    count: u32,
    /// How long new instances may take until they are ready.
    #[arg(long, default_value = "15m", value_name = "TIME", value_parser = some_time)]
    timeout: Seconds,
    /// Leave as soon as the number is changed; `jetway status` shows how far it is.
    #[arg(long)]
    detach: bool,
    /// How long to wait for a deploy in progress to finish.
    #[arg(long, default_value = "0s", value_name = "TIME")]
    wait: Seconds,
}

#[derive(Serialize)]
struct Answer {
    release: ReleaseName,
    instances: u32,
}

/// Changes the number of instances.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let (environment, instances) = (&target.environment, arguments.count);
    let reason = format!("scaling of {} in {environment} to {instances}", target.application);
    lease::hold(session, &target, &reason, arguments.wait.duration(), async |lease| {
        launch::refuse_if_pending(session, &target).await?;
        let nothing = || UserError::usage(format!("nothing of {} is live in {environment}", target.application));
        let live = releases::current(session.store(), &target.keys).await?.live.ok_or_else(nothing)?;
        let release = releases::get(session.store(), &target.keys, live).await?;
        let since = Since::now(session, &target, &release).await;
        let scaled = session.fleet().scale(&release.record, instances);
        lease.unless_ended(scaled, |reason| left(&target, reason)).await?;
        if !arguments.detach {
            let watch = Watch::scaled(session, &target, &release, since);
            let verdict = watch.verdict(watch::limit(arguments.timeout).duration());
            let verdict = lease.unless_ended(verdict, |reason| left(&target, reason)).await?;
            judge(verdict, live, &target)?;
        }
        let verb = if arguments.detach { "is to have" } else { "has" };
        let noun = if instances == 1 { "instance" } else { "instances" };
        let answer = Answer { release: live, instances };
        session.printer.answer(&answer, || format!("{live} {verb} {instances} {noun}\n"))?;
        Ok(Exit::Done)
    })
    .await
}

fn left(target: &Target, reason: &str) -> UserError {
    let message = format!("{reason}: the number of instances is still being changed");
    UserError::unknown(message).hint(format!("`jetway status {}` shows how far it is", target.environment))
}

/// What serves goes on serving, whatever becomes of new instances.
fn judge(verdict: Verdict, live: ReleaseName, target: &Target) -> Result<(), UserError> {
    let hint = format!("Auto Scaling goes on trying, and `jetway status {}` shows how far it is", target.environment);
    match verdict {
        Verdict::Healthy(_) | Verdict::Overtaken => Ok(()),
        Verdict::Failed(failed) => {
            let message = format!("not every new instance is ready: {}", explain(live, &failed));
            Err(UserError::failed(message).hint(hint))
        }
        Verdict::Unknown(known) => {
            let message = format!("not every new instance is ready yet: {}", known.join("\n  "));
            Err(UserError::unknown(message).hint(hint))
        }
    }
}
