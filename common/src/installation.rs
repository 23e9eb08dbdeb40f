//! `installation.toml`, which many applications share: bytes in, typed settings or every problem at once out.

mod build;
mod form;
mod keys;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ami::Ami;
use crate::manifest::Problems;
use crate::manifest::problem::{Findings, only};
use crate::manifest::words::Path;
use crate::manifest::{check, schema, source};
use crate::name::{EnvironmentName, InstallationName};
use crate::network::Network;

/// What Jetway owns in the accounts, and how: one entry for each environment, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installation {
    /// Its name, with which all stacks begin.
    pub name: InstallationName,
    /// The tags of everything that it makes, beside its own.
    pub tags: BTreeMap<String, String>,
    /// Where and how each environment is.
    pub environments: BTreeMap<EnvironmentName, Environment>,
}

/// Where one environment is, and what its network looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The AWS region; without one, that of the caller.
    pub region: Option<String>,
    /// The only account that may be used, as 12 digits.
    pub account: Option<String>,
    /// The availability zones; without any, all of the region.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its addresses; without any, the first network that overlaps no other.
    #[serde(rename = "cidr")]
    pub network: Option<Network>,
    /// How instances reach the internet.
    pub nat: Nat,
    /// The EC2 key pair that opens instances to SSH; without one, Session Manager alone.
    pub key_pair: Option<String>,
    /// The AMI that instances start from, with Docker and the agent in it; without one, the newest Amazon Linux.
    pub ami: Option<Ami>,
    /// Whether instances reach AWS itself through private endpoints, which cost money by the hour.
    pub endpoints: bool,
    /// Whether the base stack of this region makes GitHub's identity provider.
    pub github: bool,
}

/// How instances reach the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// By public addresses of their own.
    None,
    /// Through one gateway for all zones.
    #[default]
    One,
    /// Through a gateway in each zone.
    PerAz,
}

/// The environments of an installation that names none.
const DEFAULT_ENVIRONMENTS: [&str; 2] = ["qa", "production"];

impl Default for Installation {
    fn default() -> Self {
        let pair = |name: &str| Some((name.parse().ok()?, Environment::default()));
        let environments = DEFAULT_ENVIRONMENTS.into_iter().filter_map(pair).collect();
        Self { name: InstallationName::default(), tags: BTreeMap::new(), environments }
    }
}

impl Installation {
    /// The file that holds it.
    pub const FILE_NAME: &str = "installation.toml";

    /// Reads and checks an installation file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problems> {
        let text = source::text(bytes, &source::INSTALLATION)?;
        let mut findings = Findings::default();
        let tree = source::tree(text, &source::INSTALLATION, &mut findings);
        let installation = tree.and_then(|tree| {
            let path = Path::root_of(&keys::ROOT);
            check::table(&keys::ROOT, &[], &tree, &path, &mut findings);
            check::required(&keys::ROOT, &tree, 0, &path, &mut findings);
            rules::check(&tree, &mut findings);
            let built = findings.is_empty().then(|| build::installation(&tree))?;
            // If the table of keys let something pass that the types refuse, that bug is told, not hidden.
            built.map_err(|error| findings.add(0, format!("the file cannot be read: {error}"))).ok()
        });
        match (findings.into_problems(text), installation) {
            (None, Some(installation)) => Ok(installation),
            (Some(problems), _) => Err(problems),
            (None, None) => Err(only("", "the file cannot be read", "")),
        }
    }
}

/// The JSON schema of `installation.toml`.
pub fn json_schema() -> Value {
    schema::document(&keys::ROOT, Installation::FILE_NAME, "What Jetway owns in AWS accounts, and where.")
}
