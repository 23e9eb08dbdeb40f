//! Which addresses an environment gets: those it has, else those it is told to have, else the first that nobody has.

use jetway_common::name::EnvironmentName;
use jetway_common::network::{Block, Network};

use super::region::Region;
use crate::aws::network;
use crate::aws::stack::Stack;
use crate::aws::stack::state::State;
use crate::error::UserError;
use crate::stack_session::StackSession;
use crate::template::cidr;

/// The addresses that are taken, and by whom.
#[derive(Debug, Default)]
pub(super) struct Addresses(Vec<(Holder, Block)>);

/// Who has addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// A network of a region, whoever made it.
    Vpc { region: String, id: String },
    /// An environment of this installation, wherever it is.
    Environment(EnvironmentName),
}

impl Addresses {
    /// What is taken in the regions, and by environments that are there or that have their addresses from the file.
    pub(super) async fn collect(session: &StackSession, regions: &[Region]) -> anyhow::Result<Self> {
        let mut taken = Vec::new();
        for region in regions {
            let account = region.stacks.account();
            for vpc in network::vpcs(account).await? {
                let holder = Holder::Vpc { region: account.region().to_owned(), id: vpc.id };
                taken.extend(vpc.blocks.into_iter().map(|block| (holder.clone(), block)));
            }
            let there = region.environments.iter().filter_map(|(name, state)| Some((name, of(state)?)));
            taken.extend(there.map(|(name, network)| (Holder::Environment(name.clone()), network.block())));
        }
        let named = &session.installation().environments;
        let named = named.iter().filter_map(|(name, settings)| Some((name, settings.network?)));
        taken.extend(named.map(|(name, network)| (Holder::Environment(name.clone()), network.block())));
        Ok(Self(taken))
    }

    /// The addresses of `environment` in `region`, of which nobody else gets any from now on.
    pub(super) fn choose(
        &mut self,
        region: &str,
        environment: &EnvironmentName,
        wanted: Option<Network>,
        state: &State,
    ) -> anyhow::Result<Network> {
        let network = match (wanted, of(state)) {
            (Some(wanted), None) => self.check(region, environment, wanted)?,
            // A wish against what is there shows in the change set, which is refused.
            (Some(network), Some(_)) | (None, Some(network)) => network,
            (None, None) => self.first_free()?,
        };
        self.0.push((Holder::Environment(environment.clone()), network.block()));
        Ok(network)
    }

    fn first_free(&self) -> anyhow::Result<Network> {
        let used: Vec<Block> = self.0.iter().map(|(_, block)| *block).collect();
        Ok(cidr::first_free(&used).ok_or_else(|| {
            let message = "every private network of the size /16 overlaps one that is there; nothing was changed";
            UserError::failed(message).hint("give the environment a smaller `cidr` in installation.toml")
        })?)
    }

    fn check(&self, region: &str, environment: &EnvironmentName, wanted: Network) -> Result<Network, UserError> {
        let overlap = self.0.iter().find(|(holder, block)| {
            let is_other = match holder {
                Holder::Vpc { region: other, .. } => other == region,
                Holder::Environment(other) => other != environment,
            };
            is_other && block.overlaps(wanted.block())
        });
        let Some((holder, block)) = overlap else { return Ok(wanted) };
        let whose = match holder {
            Holder::Vpc { id, .. } => format!("the network {id} of {region}"),
            Holder::Environment(other) => format!("the environment {other}"),
        };
        let message = format!("the `cidr` {wanted} of {environment} overlaps {block} of {whose}; nothing was changed");
        Err(UserError::usage(message).hint("name another one, or leave `cidr` out for the first that is free"))
    }
}

/// The addresses of an environment that is there.
fn of(state: &State) -> Option<Network> {
    let State::Usable(Stack { outputs, .. }) = state else { return None };
    outputs.get("VpcCidr")?.parse().ok()
}

#[cfg(test)]
mod tests;
