//! `jetway template application`.

use jetway_common::manifest::Settings;
use jetway_common::name::EnvironmentName;
use jetway_common::release::Protocol;

use super::{Owner, settings};
use crate::offline::Offline;
use crate::template::application::{self, ApplicationInput, Entrance, Exposure};
use crate::template::model::Template;
use crate::template::policy::trust::Repository;
use crate::template::times;

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
    /// Let SSH in from addresses that a parameter names.
    #[arg(long)]
    ssh: bool,
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
    let settings = settings::settings(offline, &arguments.environment)?;
    Ok(application::template(&ApplicationInput {
        installation: arguments.owner.installation.clone(),
        environment: arguments.environment.clone(),
        application: settings::application(offline, &settings),
        tags: arguments.owner.tags(),
        entrance: entrance(arguments, &settings),
        permissions: settings.permissions.clone(),
        ssh: arguments.ssh,
        github: arguments.github.clone(),
    }))
}

fn entrance(arguments: &Arguments, settings: &Settings) -> Option<Entrance> {
    let mut http = settings.http.clone().filter(|_| !arguments.worker)?;
    if let Some(protocol) = arguments.protocol {
        http.protocol = match protocol {
            ProtocolName::Http => Protocol::Http,
            ProtocolName::Https => Protocol::Https,
            ProtocolName::Both => Protocol::Both,
        };
    }
    let exposure = if arguments.internal { Exposure::Internal } else { Exposure::Public };
    let draining = times::draining(settings.containers.values().map(|container| &container.settings));
    Some(Entrance { exposure, http, draining })
}
