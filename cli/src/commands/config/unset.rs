//! `jetway config unset`: removes names.

use jetway_common::name::{EnvironmentName, ParameterName};
use jetway_common::secret::Values;

use super::outcome;
use crate::config::{self, entries};
use crate::error::Exit;
use crate::nearest;
use crate::session::Session;

/// The arguments of `jetway config unset`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is changed.
    pub(super) environment: EnvironmentName,
    /// The names to remove.
    #[arg(value_name = "NAME", required = true)]
    names: Vec<ParameterName>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let change = config::change(session, &target, |old| without(old, &arguments.names)).await?;
    outcome::tell(session, &target, &change)?;
    Ok(Exit::Done)
}

fn without(old: &Values, names: &[ParameterName]) -> anyhow::Result<Values> {
    let unknown = |name: &ParameterName| nearest::unknown("the config has no name", name.as_str(), known(old));
    let problems: Vec<String> = names.iter().filter(|name| !old.contains_key(name)).map(unknown).collect();
    if !problems.is_empty() {
        return Err(entries::refusal(&problems).into());
    }
    Ok(old
        .iter()
        .filter(|(name, _)| !names.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}

fn known(values: &Values) -> impl Iterator<Item = &str> {
    values.keys().map(ParameterName::as_str)
}
