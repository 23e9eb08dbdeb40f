//! `jetway scale`: changes the number of instances of the live release.

use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::launch;
use crate::lease;
use crate::releases;
use crate::session::Session;

/// How many instances there are to be.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to scale.
    pub environment: EnvironmentName,
    /// The number of instances, until the next release is made with the manifest's; 0 to 1000.
    #[arg(value_parser = clap::value_parser!(u32).range(..=1000))]
    count: u32,
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
        let record = releases::get(session.store(), &target.keys, live).await?.record;
        let left = |reason: &str| {
            let message = format!("{reason}: the number of instances is still being changed");
            UserError::unknown(message).hint(format!("`jetway status {environment}` shows how far it is"))
        };
        lease.unless_ended(session.fleet().scale(&record, instances), left).await?;
        let answer = Answer { release: live, instances };
        session.printer.answer(&answer, || {
            format!("{live} is to have {instances} {}\n", if instances == 1 { "instance" } else { "instances" })
        })?;
        Ok(Exit::Done)
    })
    .await
}
