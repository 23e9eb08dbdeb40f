//! `jetway.toml`: bytes in, typed settings or every problem at once out. What people write is read here and nowhere else.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod form;
mod keys;
pub(crate) mod kind;
mod merge;
pub(crate) mod problem;
mod rules;
pub(crate) mod schema;
pub(crate) mod source;
mod wildcards;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::DeTable;

use crate::certificate::Certificate;
use crate::metadata::Imds;
use crate::name::{ApplicationName, ContainerName, EnvironmentName};
use crate::network::Block;
use crate::release::{ConfigDelivery, ContainerSettings, Http, Instances};
use crate::repository::Repository;
use crate::seconds::Seconds;

use merge::Merged;
use problem::Findings;
pub use problem::{Problem, Problems};
pub use schema::json_schema;

/// A manifest without problems, for its base and for every environment it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    base: Settings,
    environments: BTreeMap<EnvironmentName, Settings>,
}

/// What the manifest says for one environment, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is deployed.
    pub application: ApplicationName,
    /// The only account that may be used, as 12 digits.
    pub account: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// The image for the containers that do not name their own.
    pub image: Option<String>,
    /// How config values reach the containers.
    pub config: ConfigDelivery,
    /// Whether the containers reach instance metadata.
    pub imds: Imds,
    /// What runs, by container name; never empty.
    pub containers: BTreeMap<ContainerName, ContainerEntry>,
    /// How the application is reached; absent for a worker.
    pub http: Option<Http>,
    /// What stands before the instances on AWS; there exactly when `http` is.
    pub load_balancer: Option<LoadBalancer>,
    /// How many instances of which type.
    pub instances: Instances,
    /// The size of an instance's disk in GiB.
    pub volume_gib: u32,
    /// How long the instances of the release before stay on standby.
    pub keep: Seconds,
    /// The networks that reach instances by SSH, each once.
    pub ssh_from: Vec<Block>,
    /// The repository on GitHub whose workflows deploy.
    pub github: Option<Repository>,
    /// IAM statements for the instances' role, as JSON.
    pub permissions: Vec<Value>,
}

/// The load balancer before the instances, beside what [`Http`] says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// From where it is reached.
    pub exposure: Exposure,
    /// The certificate with which it answers HTTPS.
    pub certificate: Option<Certificate>,
    /// How long an instance that leaves may finish its requests, if the containers' own times are not to say it.
    pub draining: Option<Seconds>,
}

/// From where an application is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// From everywhere.
    #[default]
    Public,
    /// From inside its network alone.
    Internal,
}

/// One container of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEntry {
    /// Its own image, if it has one.
    pub image: Option<String>,
    /// How it is run.
    pub settings: ContainerSettings,
}

impl Manifest {
    /// The file that holds it.
    pub const FILE_NAME: &str = "jetway.toml";
    /// No manifest is larger, in bytes.
    pub const LARGEST: usize = 1024 * 1024;

    /// Reads and checks a manifest, for every environment at once.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problems> {
        let text = source::text(bytes, &source::MANIFEST)?;
        let mut findings = Findings::default();
        let manifest =
            source::tree(text, &source::MANIFEST, &mut findings).and_then(|tree| Self::read(&tree, &mut findings));
        match (findings.into_problems(text), manifest) {
            (None, Some(manifest)) => Ok(manifest),
            (Some(problems), _) => Err(problems),
            (None, None) => Err(problem::only("", "the manifest cannot be read", "")),
        }
    }

    /// What is deployed, the same in all environments.
    pub fn application(&self) -> &ApplicationName {
        &self.base.application
    }

    /// What the manifest says for every environment without a section of its own.
    pub fn base(&self) -> &Settings {
        &self.base
    }

    /// The environments that have a section of their own.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.environments.keys()
    }

    /// What the manifest says for an environment, whether or not it has a section of its own.
    pub fn settings(&self, environment: &EnvironmentName) -> Settings {
        self.environments.get(environment).unwrap_or(&self.base).clone()
    }

    fn read(tree: &DeTable<'_>, findings: &mut Findings) -> Option<Self> {
        check::table(&keys::ROOT, &[], tree, &words::Path::root(), findings);
        let base = Merged::base(tree);
        contradictions(&base, tree, findings);
        if !findings.is_empty() {
            return None;
        }
        let pair = |(name, over)| Some((str::parse(name).ok()?, settings(&base.with(over), findings)?));
        let environments = environments(tree).map(pair).collect::<Option<_>>()?;
        let base = settings(&base, findings)?;
        Some(Self { base, environments })
    }
}

/// The environments' own tables; what is no table, or beyond the limit, has been reported.
fn environments<'t, 'a>(tree: &'t DeTable<'a>) -> impl Iterator<Item = (&'t str, &'t DeTable<'a>)> {
    let tables = tree.get("environments").and_then(|node| node.get_ref().as_table());
    let entries = tables.into_iter().flatten().take(keys::MOST_ENVIRONMENTS);
    entries.filter_map(|(name, node)| Some((name.get_ref().as_ref(), node.get_ref().as_table()?)))
}

/// Checks the rules between keys, in the base and then in what each environment adds to it.
fn contradictions(base: &Merged<'_>, tree: &DeTable<'_>, findings: &mut Findings) {
    let known = rules::findings(base);
    for (name, over) in environments(tree) {
        let place = format!(" (environment `{}`)", words::shown(name));
        let merged = base.with(over);
        findings.add_new_of(rules::findings(&merged), &known, &place);
        if name != EnvironmentName::LOCAL {
            findings.add_new_of(rules::findings_on_aws(&merged), &known, &place);
        }
    }
    findings.add_all(known);
}

/// The typed settings. If the table of keys let something pass that the types refuse, that bug is told, not hidden.
fn settings(merged: &Merged<'_>, findings: &mut Findings) -> Option<Settings> {
    let told = |error| findings.add(0, format!("the manifest cannot be read: {error}"));
    build::settings(&merged.tree).map_err(told).ok()
}
