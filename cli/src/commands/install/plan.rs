//! What would change in one region, in plain words; nothing is changed by making it.

use std::collections::BTreeMap;

use jetway_common::installation::{Environment, Nat};
use jetway_common::name::EnvironmentName;
use jetway_common::network::Network;

use super::RESUME;
use super::blueprint::{self, ZONES, base_words, environment_words};
use super::networks::Addresses;
use super::region::Region;
use super::zones;
use crate::aws::network;
use crate::aws::stack::item::{Item, Step};
use crate::aws::stack::new_stack::{INSTALLATION, NewStack};
use crate::aws::stack::state::State;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Stack, Stacks};
use crate::printer::Printer;
use crate::stack_session::StackSession;

/// What is to become of one region.
pub(super) struct Plan<'a> {
    pub(super) stacks: &'a Stacks,
    pub(super) base: Item,
    pub(super) environments: Vec<Item>,
    pub(super) allowed: &'a [String],
}

impl<'a> Plan<'a> {
    /// Compares what is in a region with what should be.
    pub(super) async fn make(
        session: &StackSession,
        region: &'a Region,
        addresses: &mut Addresses,
        allowed: &'a [String],
    ) -> anyhow::Result<Self> {
        let installation = session.installation();
        let own = |name: &EnvironmentName| installation.environments.get(name).cloned().unwrap_or_default();
        let github = region.environments.iter().any(|(name, _)| own(name).github);
        let new = blueprint::base(installation, github)?;
        let words = new.words().or(&base_words(installation));
        let step = compare(&region.stacks, &region.base, &new, &words, allowed).await?;
        let base = item("base", new, words, step, String::new());
        let base_stack = match &region.base {
            State::Usable(stack) => Some(stack),
            State::Absent | State::Stillborn { .. } => None,
        };
        let open = network::zones(region.stacks.account()).await?;
        let mut environments = Vec::new();
        for (name, state) in &region.environments {
            let settings = own(name);
            let zones = zones::choose(&has(state), &settings.zones, &open)?;
            let place = region.stacks.account().region();
            let network = addresses.choose(place, name, settings.network, state)?;
            let mut new = blueprint::environment(installation, name, &settings, network, &zones)?;
            if let Some(base) = base_stack {
                new = blueprint::on_base(new, base)?;
            }
            let words = new.words().or(&environment_words(installation, name)?);
            let step = match (state, base_stack) {
                (State::Usable(stack), None) => Step::Compare(stack.clone()),
                _ => compare(&region.stacks, state, &new, &words, allowed).await?,
            };
            let facts = facts(network, &zones, &settings);
            environments.push(item(name.as_str(), new, words, step, facts));
        }
        Ok(Self { stacks: &region.stacks, base, environments, allowed })
    }

    /// Whether anything would change.
    pub(super) fn changes_anything(&self) -> bool {
        self.items().any(Item::changes_anything)
    }

    /// Tells people what would change.
    pub(super) fn tell(&self, printer: Printer) {
        printer.say(self.stacks.account());
        for item in self.items() {
            item.tell(printer);
        }
    }

    /// Forgets what was asked of CloudFormation.
    pub(super) async fn discard(&self) -> anyhow::Result<()> {
        for item in self.items() {
            item.discard(self.stacks).await?;
        }
        Ok(())
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        std::iter::once(&self.base).chain(&self.environments)
    }
}

fn item(title: &str, new: NewStack, words: Words, step: Step, facts: String) -> Item {
    let (title, resume, beforehand) = (title.to_owned(), RESUME.to_owned(), BTreeMap::new());
    Item { title, new, words, step, beforehand, facts, resume }
}

async fn compare(
    stacks: &Stacks,
    state: &State,
    new: &NewStack,
    words: &Words,
    allowed: &[String],
) -> anyhow::Result<Step> {
    let stack = match state {
        State::Absent => return Ok(Step::Create),
        State::Stillborn { stack, cause } => {
            let foreign = if stack.tags.contains_key(INSTALLATION) { "" } else { "; whoever began it was not Jetway" };
            let cause = format!("{cause}{}{foreign}", left(stacks, stack).await?);
            return Ok(Step::Recreate(stack.clone(), cause));
        }
        State::Usable(stack) => stack.clone(),
    };
    let proposal = stacks.propose_without_loss(&stack, new, words, allowed).await?;
    Ok(Step::to_change(stack, proposal))
}

/// What a stack that never came to be has let go of, if anything: a bucket outlives even that.
async fn left(stacks: &Stacks, stack: &Stack) -> anyhow::Result<String> {
    let held = stacks.resources(stack).await?.into_iter().filter(|held| held.is_left);
    let left: Vec<String> = held.filter_map(|held| held.id).collect();
    Ok(if left.is_empty() { String::new() } else { format!("; left over and yours to remove: {}", left.join(", ")) })
}

/// The zones that an environment has.
fn has(state: &State) -> Vec<String> {
    let State::Usable(stack) = state else { return Vec::new() };
    let zones = stack.parameters.get(ZONES).map(String::as_str).unwrap_or_default();
    zones.split(',').filter(|zone| !zone.is_empty()).map(str::to_owned).collect()
}

fn facts(network: Network, zones: &[String], settings: &Environment) -> String {
    let nat = match settings.nat {
        Nat::None => "no NAT gateway".to_owned(),
        Nat::One => "one NAT gateway, which costs money by the hour".to_owned(),
        Nat::PerAz => format!("{} NAT gateways, which cost money by the hour", zones.len()),
    };
    format!("; {network} in {}; {nat}", zones.join(", "))
}
