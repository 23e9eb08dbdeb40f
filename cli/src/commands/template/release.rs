//! `jetway template release`.

use jetway_common::manifest::Settings;
use jetway_common::name::{EnvironmentName, ReleaseName};

use super::{Owner, settings};
use crate::offline::Offline;
use crate::template::model::Template;
use crate::template::release::{self, ReleaseInput};
use crate::template::times;

/// The arguments of `jetway template release`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    #[arg(default_value = "qa")]
    environment: EnvironmentName,
    #[command(flatten)]
    owner: Owner,
    /// The release.
    #[arg(long, default_value = "v1")]
    release: ReleaseName,
    /// The processor, where no instance type says it.
    #[arg(long)]
    architecture: Option<Architecture>,
    /// The instance type, instead of what jetway.toml says.
    #[arg(long, value_name = "TYPE")]
    instance_type: Option<String>,
    /// How many instances run, instead of what jetway.toml says.
    #[arg(long, value_name = "N")]
    count: Option<u32>,
    /// Leave the load balancer out, whatever jetway.toml says.
    #[arg(long)]
    worker: bool,
    /// Give instances public addresses, for an environment without NAT.
    #[arg(long)]
    public_addresses: bool,
    /// Give instances a key pair for SSH, which a parameter names.
    #[arg(long)]
    key_pair: bool,
    /// The size of the root volume.
    #[arg(long, default_value_t = release::VOLUME_GIB, value_name = "GIB")]
    volume: u32,
}

/// The processors that EC2 has.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Architecture {
    Arm64,
    #[value(name = "x86_64")]
    X86,
}

pub(super) fn template(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Template> {
    let settings = settings::settings(offline, &arguments.environment)?;
    let containers = || settings.containers.values().map(|container| &container.settings);
    Ok(release::template(&ReleaseInput {
        installation: arguments.owner.installation.clone(),
        environment: arguments.environment.clone(),
        application: settings::application(offline, &settings),
        release: arguments.release,
        tags: arguments.owner.tags(),
        instance_type: instance_type(arguments, &settings),
        count: arguments.count.unwrap_or(settings.instances.count),
        user_data: "#cloud-config\n".to_owned(),
        balanced: settings.http.is_some() && !arguments.worker,
        public_addresses: arguments.public_addresses,
        key_pair: arguments.key_pair,
        volume_gib: arguments.volume,
        ready_within: times::ready_within(settings.http.as_ref()),
        drained_within: times::drained_within(containers()),
    }))
}

fn instance_type(arguments: &Arguments, settings: &Settings) -> String {
    let smallest = arguments.architecture.map(|architecture| match architecture {
        Architecture::Arm64 => "t4g.small".to_owned(),
        Architecture::X86 => "t3.small".to_owned(),
    });
    arguments.instance_type.clone().or(smallest).unwrap_or_else(|| settings.instances.instance_type.clone())
}
