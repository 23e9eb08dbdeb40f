//! `jetway template environment`.

use jetway_common::installation::Nat;
use jetway_common::name::EnvironmentName;
use jetway_common::network::Network;

use super::Owner;
use crate::template::environment::{self, EnvironmentInput};
use crate::template::model::Template;

/// The arguments of `jetway template environment`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    #[arg(default_value = "qa")]
    environment: EnvironmentName,
    #[command(flatten)]
    owner: Owner,
    /// Over how many availability zones it spreads; a parameter says which.
    #[arg(long, default_value_t = 3, value_name = "N")]
    zones: usize,
    /// Its addresses.
    #[arg(long, default_value = "10.0.0.0/16", value_name = "NETWORK")]
    cidr: Network,
    /// How instances reach the internet: by public addresses, through one NAT gateway, or through one in each zone.
    #[arg(long, default_value = "one")]
    nat: NatName,
    /// Reach AWS itself through private endpoints, which cost money by the hour.
    #[arg(long)]
    endpoints: bool,
}

/// The words for NAT.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum NatName {
    None,
    One,
    #[value(alias = "per-zone")]
    PerAz,
}

pub(super) fn template(arguments: &Arguments) -> anyhow::Result<Template> {
    environment::template(&EnvironmentInput {
        installation: arguments.owner.installation.clone(),
        environment: arguments.environment.clone(),
        tags: arguments.owner.tags(),
        network: arguments.cidr,
        zones: arguments.zones,
        nat: match arguments.nat {
            NatName::None => Nat::None,
            NatName::One => Nat::One,
            NatName::PerAz => Nat::PerAz,
        },
        endpoints: arguments.endpoints,
    })
}
