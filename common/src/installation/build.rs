//! From a tree without problems to the typed installation, with the defaults filled in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use toml::de::DeTable;

use super::keys::ROOT;
use super::{Environment, Installation};
use crate::manifest::build::{fill, object};
use crate::name::{EnvironmentName, InstallationName};

/// Builds the installation; an error means that the table of keys and the types disagree.
pub(super) fn installation(tree: &DeTable<'_>) -> Result<Installation, serde_json::Error> {
    let mut root = object(tree);
    fill(&ROOT, &mut root);
    let Filled { installation, account, region, tags, environments } = serde_json::from_value(Value::Object(root))?;
    let mut environments = environments.unwrap_or_else(|| Installation::default().environments);
    for environment in environments.values_mut() {
        environment.account = environment.account.take().or_else(|| account.clone());
        environment.region = environment.region.take().or_else(|| region.clone());
    }
    Ok(Installation { name: installation, tags, environments })
}

/// The file as its types see it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    installation: InstallationName,
    account: Option<String>,
    region: Option<String>,
    tags: BTreeMap<String, String>,
    environments: Option<BTreeMap<EnvironmentName, Environment>>,
}
