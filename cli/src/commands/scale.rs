//! `jetway scale`: changes the number of instances. This machine is always exactly one.

use jetway_common::name::EnvironmentName;

use crate::error::{Exit, UserError};
use crate::session::Session;

/// How many instances there are to be.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to scale.
    environment: EnvironmentName,
    /// The number of instances.
    count: u32,
}

/// Refuses: `local` has one instance, this machine.
pub fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let (environment, count) = (&target.environment, arguments.count);
    let message = format!("cannot scale to {count}: `{environment}` is this machine, which is exactly one instance");
    Err(UserError::usage(message).into())
}
