//! `jetway abort`: cancels the launch in progress; the previous release goes on serving.

use jetway_common::current::{Current, Terms, Withdrawal};
use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde::Serialize;

use crate::conclude;
use crate::error::{Exit, UserError};
use crate::launch::Launch;
use crate::lease;
use crate::releases;
use crate::session::{Session, Target};

/// What to cancel.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    pub environment: EnvironmentName,
    /// How long to wait for a command that still follows the launch; one that was killed keeps the lock for a minute.
    #[arg(long, default_value = "75s", value_name = "TIME")]
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
    let aborted = pending.release;
    // From here on, a command that follows the launch leaves it to this one.
    let mark = |current: &mut Current| cancel(current, aborted, &target);
    releases::change_current(session.store(), &target.keys, mark).await?;
    let reason = format!("abort of {aborted} of {}", target.application);
    lease::hold(session, &target, &reason, arguments.wait.duration(), async |lease| {
        let release = releases::get(session.store(), &target.keys, aborted).await?;
        let launch = Launch { session, target: &target, lease, release: &release, terms: Terms::default() };
        let current = conclude::withdraw(launch).await?;
        let text = || format!("{aborted} is cancelled\n");
        session.printer.answer(&Answer { aborted, live: current.live }, text)?;
        Ok(Exit::Done)
    })
    .await
}

/// A command that was following the launch may have concluded it by now.
fn cancel(current: &mut Current, aborted: ReleaseName, target: &Target) -> Result<(), UserError> {
    if current.live == Some(aborted) {
        let message = format!("{aborted} became live before it could be cancelled, and serves");
        return Err(UserError::failed(message).hint(format!("jetway rollback {}", target.environment)));
    }
    conclude::give_up(current, aborted, Withdrawal::Aborted)
}
