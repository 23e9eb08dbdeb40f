//! `jetway run`: a one-off container with a release's image and that same release's config.

mod one_off;
mod remote;
mod supervise;

use jetway_common::name::{ConfigVersion, ContainerName, EnvironmentName, InstanceId, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;

use self::one_off::Plan;
use crate::attach;
use crate::docker::Engine;
use crate::error::Exit;
use crate::session::Session;
use crate::spot;

/// The arguments of `jetway run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose release is used.
    pub environment: EnvironmentName,
    /// The container whose image and settings are used; it may be left out when there is only one, or when the one that
    /// answers HTTP is meant.
    #[arg(long, value_name = "NAME")]
    container: Option<ContainerName>,
    /// The release whose image and config are used; the live one unless it is named.
    #[arg(long, value_name = "RELEASE")]
    release: Option<ReleaseName>,
    /// The instance; one that serves unless it is named. An environment on AWS may have several.
    #[arg(long, value_name = "ID")]
    instance: Option<InstanceId>,
    /// Another config version than the release's own; not on AWS.
    #[arg(long, value_name = "VERSION")]
    config: Option<ConfigVersion>,
    /// The program that is run in place of the image's entry point; an empty text runs the command itself.
    #[arg(long, value_name = "PROGRAM")]
    entrypoint: Option<String>,
    /// On AWS and without a terminal: the command gets no input, and is stopped after this time.
    #[arg(long, value_name = "LENGTH", default_value = "1h", value_parser = crate::remote::limit)]
    timeout: Seconds,
    /// The command and its arguments. The image's entry point, if it has one, is given them, as with `docker run`. The
    /// exit code becomes that of this command. On AWS they are kept in the history of SSM: give it no secret.
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    if let Some(remote) = session.fleet().remote() {
        return remote::run(session, &target, remote, arguments).await;
    }
    spot::refuse_instance(&target.environment, arguments.instance.as_ref())?;
    let engine = Engine::connect().await?;
    let tty = attach::wants_terminal(session.printer);
    let Plan { one_off, folder, origin } = one_off::plan(session, &engine, &target, arguments, tty).await?;
    session.printer.detail(origin);
    let exit = supervise::run(session.printer, &engine, one_off).await;
    // The container is gone, and nobody else has a use for the files.
    drop(folder);
    exit
}

/// What a one-off container is made from, for people.
fn origin(container: &ContainerName, record: &ReleaseRecord) -> String {
    let version = record.config.as_ref().map_or("no config".to_owned(), |pin| format!("config {}", pin.version));
    format!("{container} of {} with {version}", record.release)
}
