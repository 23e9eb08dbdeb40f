//! `jetway ssh`: a shell on an instance, without a key and without an open port.

use jetway_common::name::{EnvironmentName, InstanceId};

use crate::error::{Exit, UserError};
use crate::session::Session;
use crate::spot;

/// The arguments of `jetway ssh`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose instance is meant.
    pub environment: EnvironmentName,
    /// The instance; one that serves unless it is named.
    #[arg(long, value_name = "ID")]
    instance: Option<InstanceId>,
}

/// Runs the command. Its exit code is that of the session.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let Some(remote) = session.fleet().remote() else {
        let message = format!("`{}` is this machine: there is nothing to log in to", arguments.environment);
        let hint = format!("`jetway exec {} -- sh` opens a shell in a container", arguments.environment);
        return Err(UserError::usage(message).hint(hint).into());
    };
    let (instance, _) = spot::instance(session, &target, arguments.instance.as_ref(), None).await?;
    remote.log_in(&instance).await
}
