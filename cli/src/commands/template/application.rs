//! `jetway template application`.

use jetway_common::manifest::Exposure;
use jetway_common::name::EnvironmentName;
use jetway_common::network::Block;
use jetway_common::release::Protocol;
use jetway_common::repository::Repository;

use super::{Owner, settings};
use crate::offline::Offline;
use crate::template::application::{self, ApplicationInput};
use crate::template::model::Template;

/// The arguments of `jetway template application`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    #[arg(default_value = "qa")]
    environment: EnvironmentName,
    #[command(flatten)]
    owner: Owner,
    /// What the load balancer accepts, instead of what jetway.toml says.
    #[arg(long, conflicts_with = "worker")]
    protocol: Option<ProtocolName>,
    /// Let only the environment's own network reach the load balancer.
    #[arg(long, conflicts_with = "worker")]
    internal: bool,
    /// Leave the load balancer out, whatever jetway.toml says.
    #[arg(long)]
    worker: bool,
    /// Let SSH in from this network, instead of those that jetway.toml names; may be said several times.
    #[arg(long, value_name = "NETWORK")]
    ssh_from: Vec<Block>,
    /// Make a role for the workflows of this GitHub repository, with which they deploy.
    #[arg(long, value_name = "OWNER/NAME")]
    github: Option<Repository>,
}

/// The words for protocols.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ProtocolName {
    Http,
    Https,
    #[value(name = "http+https")]
    Both,
}

pub(super) fn template(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Template> {
    let installation = arguments.owner.installation(offline)?;
    let settings = settings::settings(offline, &arguments.environment)?;
    let application = settings::application(offline, &settings);
    let mut input = ApplicationInput::new(&installation, &arguments.environment, application, settings);
    change(&mut input, arguments);
    Ok(application::template(&input))
}

/// Puts in what the command line says instead.
fn change(input: &mut ApplicationInput, arguments: &Arguments) {
    if arguments.worker {
        input.entrance = None;
    }
    if let Some(entrance) = &mut input.entrance {
        match arguments.protocol {
            Some(ProtocolName::Http) => entrance.http.protocol = Protocol::Http,
            Some(ProtocolName::Https) => entrance.http.protocol = Protocol::Https,
            Some(ProtocolName::Both) => entrance.http.protocol = Protocol::Both,
            None => {}
        }
        if arguments.internal {
            entrance.exposure = Exposure::Internal;
        }
    }
    if !arguments.ssh_from.is_empty() {
        input.ssh_from.clone_from(&arguments.ssh_from);
    }
    if let Some(repository) = &arguments.github {
        input.github = Some(repository.clone());
    }
}
