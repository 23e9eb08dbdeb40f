//! `jetway template release`.

use jetway_common::boot_file::Ec2Place;
use jetway_common::digest::Digest;
use jetway_common::installation::{Environment, Nat};
use jetway_common::layout::ObjectKey;
use jetway_common::manifest::Settings;
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};

use super::{Owner, settings};
use crate::offline::Offline;
use crate::template::model::Template;
use crate::template::release::{self, ReleaseInput};
use crate::template::times;
use crate::template::user_data::{self, AgentPackage, Ami, UserDataInput};

/// The arguments of `jetway template release`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
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
    /// Suppose that the AMI has Docker and the agent already.
    #[arg(long)]
    baked: bool,
    /// The size of the disk, instead of what jetway.toml says.
    #[arg(long, value_name = "GIB")]
    volume: Option<u32>,
}

/// The processors that EC2 has.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Architecture {
    Arm64,
    #[value(name = "x86_64")]
    X86,
}

pub(super) fn template(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Template> {
    let mut installation = arguments.owner.installation(offline)?;
    let own = installation.environments.remove(&arguments.environment).unwrap_or_default();
    let settings = settings::settings(offline, &arguments.environment)?;
    let application = settings::application(offline, &settings);
    let user_data = user_data(arguments, &installation.name, &application, &own, &settings)?;
    Ok(release::template(&ReleaseInput {
        installation: installation.name,
        environment: arguments.environment.clone(),
        application,
        release: arguments.release,
        tags: installation.tags,
        instance_type: instance_type(arguments, &settings),
        count: arguments.count.unwrap_or(settings.instances.count),
        user_data,
        balanced: settings.http.is_some() && !arguments.worker,
        public_addresses: arguments.public_addresses || own.nat == Nat::None,
        key_pair: arguments.key_pair || own.key_pair.is_some(),
        volume_gib: arguments.volume.unwrap_or(settings.volume_gib),
        ready_within: times::ready_within(settings.http.as_ref()),
        drained_within: times::drained_within(&settings),
    }))
}

/// The user data of a release that does not exist: what only a deploy knows stands there as an example.
fn user_data(
    arguments: &Arguments,
    installation: &InstallationName,
    application: &ApplicationName,
    own: &Environment,
    settings: &Settings,
) -> anyhow::Result<String> {
    let environment = &arguments.environment;
    let [region, account] = [(&settings.region, &own.region), (&settings.account, &own.account)]
        .map(|(first, second)| first.clone().or_else(|| second.clone()));
    let region = region.unwrap_or_else(|| "us-west-2".to_owned());
    let account = account.unwrap_or_else(|| "123456789012".to_owned());
    let place = Ec2Place {
        bucket: format!("{installation}-base-storagebucket-example").parse()?,
        key: format!("arn:aws:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000").parse()?,
        account: account.parse()?,
        region: region.parse()?,
        stack: format!("{installation}-release-{environment}-{application}--{}", arguments.release).parse()?,
        resource: release::GROUP.parse()?,
        launch_hook: release::LAUNCH_HOOK.parse()?,
        terminate_hook: release::TERMINATE_HOOK.parse()?,
        draining: times::draining(settings),
        log_group: format!("/{installation}/{environment}/{application}").parse()?,
    };
    let example = Digest::of(b"");
    let package = AgentPackage { key: format!("{}example.rpm", ObjectKey::AGENT_PACKAGES), digest: example.clone() };
    let is_baked = arguments.baked || own.ami.is_some();
    Ok(user_data::cloud_config(&UserDataInput {
        installation: installation.clone(),
        environment: environment.clone(),
        application: application.clone(),
        release: arguments.release,
        record: example,
        deadline: times::deadline(settings.http.as_ref()),
        imds: settings.imds,
        place,
        ami: if is_baked { Ami::Baked } else { Ami::Stock(package) },
    })?)
}

fn instance_type(arguments: &Arguments, settings: &Settings) -> String {
    let smallest = arguments.architecture.map(|architecture| match architecture {
        Architecture::Arm64 => "t4g.small".to_owned(),
        Architecture::X86 => "t3.small".to_owned(),
    });
    arguments.instance_type.clone().or(smallest).unwrap_or_else(|| settings.instances.instance_type.clone())
}
