//! `jetway logs`: what the containers wrote, and write.

mod live;
mod previous;
mod remote;
mod since;
mod view;

use jetway_common::name::{ContainerName, EnvironmentName, InstanceId, ReleaseName};

use self::since::Since;
use crate::docker::Engine;
use crate::docker::logs::Part;
use crate::error::Exit;
use crate::running::{self, Wish};
use crate::session::Session;
use crate::spot;

/// The arguments of `jetway logs`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose containers are meant.
    pub environment: EnvironmentName,
    /// Only this instance; an environment on AWS may have several.
    #[arg(long, value_name = "ID")]
    instance: Option<InstanceId>,
    /// Only this container; all of them unless it is named.
    #[arg(long, value_name = "NAME")]
    container: Option<ContainerName>,
    /// Only containers of this release.
    #[arg(long, value_name = "RELEASE", conflicts_with = "previous")]
    release: Option<ReleaseName>,
    /// Go on with what is written from now on: until the containers are gone, or on AWS until interrupted.
    #[arg(long, short, conflicts_with = "previous")]
    follow: bool,
    /// Only what was written since then: a length of time before now (30s, 10m, 2h, 1d), or a time such as
    /// 2026-01-31T12:00:00Z. On AWS the last ten minutes are shown unless this or --tail says otherwise.
    #[arg(long, value_name = "WHEN", conflicts_with = "previous")]
    since: Option<Since>,
    /// Only so many of the last lines of each container; on AWS, of all of them together.
    #[arg(long, value_name = "N")]
    tail: Option<u32>,
    /// Show when each line was written.
    #[arg(long, short, conflicts_with = "previous")]
    timestamps: bool,
    /// Show the log of the containers that were removed last, as the agent saved it; on AWS, of the release before the
    /// one that is live.
    #[arg(long)]
    previous: bool,
}

/// Runs the command.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    if let Some(remote) = session.fleet().remote() {
        return remote::run(session, &target, remote, arguments).await;
    }
    spot::refuse_instance(&target.environment, arguments.instance.as_ref())?;
    if arguments.previous {
        return previous::run(session, &target, arguments.container.as_ref(), arguments.tail);
    }
    let engine = Engine::connect().await?;
    let wish = Wish { container: arguments.container.clone(), release: arguments.release };
    let containers = running::all(&engine, &target, &wish).await?;
    let part = Part { follow: arguments.follow, since: arguments.since.map(Since::time), tail: arguments.tail };
    let view = view::View::new(session.printer, &containers, arguments.timestamps);
    if arguments.follow {
        if live::follow(&engine, containers, &part, &view).await? {
            session.printer.say("the containers are gone");
        }
    } else {
        live::show(&engine, &containers, &part, &view).await?;
    }
    Ok(Exit::Done)
}
