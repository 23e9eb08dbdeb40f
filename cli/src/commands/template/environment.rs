//! `jetway template environment`.

use jetway_common::installation::Nat;
use jetway_common::name::EnvironmentName;
use jetway_common::network::Network;

use super::Owner;
use crate::offline::Offline;
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
    /// Over how many availability zones it spreads, which a parameter names; 3 unless installation.toml names them.
    #[arg(long, value_name = "N")]
    zones: Option<usize>,
    /// Its addresses; 10.0.0.0/16 unless installation.toml says otherwise.
    #[arg(long, value_name = "NETWORK")]
    cidr: Option<Network>,
    /// How instances reach the internet: by public addresses, through one NAT gateway, or through one in each zone.
    #[arg(long)]
    nat: Option<NatName>,
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

/// How many zones there are where nothing says it: the most that every region has.
const ZONES: usize = 3;
/// The first of the networks that `jetway install` tries.
const FIRST: &str = "10.0.0.0/16";

pub(super) fn template(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Template> {
    let mut installation = arguments.owner.installation(offline)?;
    let own = installation.environments.remove(&arguments.environment).unwrap_or_default();
    let named = if own.zones.is_empty() { ZONES } else { own.zones.len() };
    let network = arguments.cidr.or(own.network).map_or_else(|| FIRST.parse(), Ok)?;
    environment::template(&EnvironmentInput {
        installation: installation.name,
        environment: arguments.environment.clone(),
        tags: installation.tags,
        network,
        zones: arguments.zones.unwrap_or(named),
        nat: match arguments.nat {
            Some(NatName::None) => Nat::None,
            Some(NatName::One) => Nat::One,
            Some(NatName::PerAz) => Nat::PerAz,
            None => own.nat,
        },
        endpoints: arguments.endpoints || own.endpoints,
    })
}
