//! `jetway abort`: cancels the launch in progress; the previous release goes on serving.

use jetway_common::current::Current;
use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde::Serialize;

use crate::error::{Exit, UserError};
use crate::launch;
use crate::lease;
use crate::releases;
use crate::session::{Session, Target};

/// What to cancel.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    environment: EnvironmentName,
    /// How long to wait for a command that still follows the launch.
    #[arg(long, default_value = "30s", value_name = "TIME")]
    wait: Seconds,
}

#[derive(Serialize)]
struct Answer {
    aborted: ReleaseName,
    live: Option<ReleaseName>,
}

/// Cancels the launch in progress.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let current = releases::current(session.store(), &target.keys).await?;
    let Some(pending) = current.pending else {
        return Err(UserError::usage(format!("nothing is in progress in {}", target.environment)).into());
    };
    if session.fleet().target(&target.application).await? == Some(pending.release) {
        session.fleet().terminate(&target.application).await?;
    }
    let reason = format!("abort of {} of {}", pending.release, target.application);
    lease::hold(session, &target, &reason, arguments.wait.duration(), async |_| {
        conclude(session, &target, pending.release).await
    })
    .await
}

/// A command that was following the launch may have concluded it by now; doing so again changes nothing.
async fn conclude(session: &Session, target: &Target, aborted: ReleaseName) -> anyhow::Result<Exit> {
    let current = releases::current(session.store(), &target.keys).await?;
    if session.fleet().target(&target.application).await? == Some(aborted) {
        launch::restore(session, target, &current).await?;
    }
    if current.live == Some(aborted) {
        let message = format!("{aborted} became live before it could be cancelled, and serves");
        return Err(UserError::failed(message).hint(format!("jetway rollback {}", target.environment)).into());
    }
    let forget = |current: &mut Current| {
        current.pending = current.pending.take().filter(|pending| pending.release != aborted);
        Ok(())
    };
    let current = releases::change_current(session.store(), &target.keys, forget).await?;
    let text = || format!("{aborted} is cancelled\n");
    session.printer.answer(&Answer { aborted, live: current.live }, text)?;
    Ok(Exit::Done)
}
