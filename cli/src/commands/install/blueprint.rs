//! What the stacks of an installation are made of.

use jetway_common::installation::{Environment, Installation, Nat};
use jetway_common::layout::ObjectKey;
use jetway_common::name::EnvironmentName;
use jetway_common::network::{MOST_ZONES, Network};

use crate::aws::stack::new_stack::NewStack;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Stack, name};
use crate::template::base::{self, BaseInput};
use crate::template::environment::{self, EnvironmentInput};
use crate::template::model::Template;
use crate::template::tags::Tags;

/// The parameter and output that joins an environment to its base.
const KEY: &str = "KeyArn";
/// The parameter that says which zones an environment spans.
pub(super) const ZONES: &str = "Zones";

/// The base stack of a region; `github` says whether it makes GitHub's identity provider.
pub(super) fn base(installation: &Installation, github: bool) -> anyhow::Result<NewStack> {
    let tags = Tags::new(&installation.tags, &installation.name);
    let new = NewStack::new(name::base(&installation.name), &base_template(installation, github), &tags)?;
    Ok(new.in_request()?.protected())
}

/// The stack of an environment, without what only the base stack knows.
pub(super) fn environment(
    installation: &Installation,
    name: &EnvironmentName,
    settings: &Environment,
    network: Network,
    zones: &[String],
) -> anyhow::Result<NewStack> {
    let template = environment_template(installation, name, settings, network, zones.len())?;
    let tags = Tags::new(&installation.tags, &installation.name).environment(name);
    let new = NewStack::new(name::environment(&installation.name, name), &template, &tags)?;
    new.protected().parameter(ZONES, zones.join(","))
}

/// The stack of an environment with what only the base stack knows.
pub(super) fn on_base(environment: NewStack, base: &Stack) -> anyhow::Result<NewStack> {
    let shelved = environment.shelved(base.output("StorageBucket")?, ObjectKey::templates());
    shelved.parameter(KEY, base.output(KEY)?)
}

/// What the resources of any base stack are for.
pub(in crate::commands) fn base_words(installation: &Installation) -> Words {
    Words::of(&base_template(installation, true))
}

/// What the resources of any environment stack are for, whatever the file says of it now.
pub(in crate::commands) fn environment_words(
    installation: &Installation,
    name: &EnvironmentName,
) -> anyhow::Result<Words> {
    let any = "10.0.0.0/16".parse()?;
    let largest = Environment { nat: Nat::PerAz, endpoints: true, ..Environment::default() };
    Ok(Words::of(&environment_template(installation, name, &largest, any, MOST_ZONES)?))
}

fn base_template(installation: &Installation, github: bool) -> Template {
    let Installation { name, tags, .. } = installation;
    base::template(&BaseInput { installation: name.clone(), tags: tags.clone(), github })
}

fn environment_template(
    installation: &Installation,
    name: &EnvironmentName,
    settings: &Environment,
    network: Network,
    zones: usize,
) -> anyhow::Result<Template> {
    let Environment { nat, endpoints, .. } = *settings;
    environment::template(&EnvironmentInput {
        installation: installation.name.clone(),
        environment: name.clone(),
        tags: installation.tags.clone(),
        network,
        zones,
        nat,
        endpoints,
    })
}
