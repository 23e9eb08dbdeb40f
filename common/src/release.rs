//! The release record: the immutable thing that an instance runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Document;
use crate::machine::Machine;
use crate::metadata::Imds;
use crate::name::{
    ApplicationName, ConfigVersion, ContainerName, EnvironmentName, InstallationName, ParameterName, ReleaseName,
};
use crate::seconds::Seconds;

/// One release: image digests, config version and container settings. Written once, never rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRecord {
    /// The installation that owns it.
    pub installation: InstallationName,
    /// Where it runs.
    pub environment: EnvironmentName,
    /// What it is a release of.
    pub application: ApplicationName,
    /// Its number.
    pub release: ReleaseName,
    /// When, by whom, from which commit and why.
    pub origin: Origin,
    /// The sealed config, if the application has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigPin>,
    /// What runs, by container name; never empty.
    pub containers: BTreeMap<ContainerName, Container>,
    /// How the application is reached; absent for a worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// How many instances of which type.
    pub instances: Instances,
    /// Whether the containers reach instance metadata; they do where it is not said.
    #[serde(default, skip_serializing_if = "Imds::is_allow")]
    pub imds: Imds,
    /// What instances are made of; absent where the release runs on a machine that was there before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
}

impl Document for ReleaseRecord {
    const KIND: &'static str = "release record";
    const FORMAT: u64 = 1;
}

/// Where a release came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// When the release was made.
    pub at: Timestamp,
    /// `user@host` of who made it.
    pub by: String,
    /// The deployer's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The Git commit of the folder that was deployed; ends in `-dirty` when it had uncommitted changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Which sealed config a release uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigPin {
    /// Its version.
    pub version: ConfigVersion,
    /// The digest of the whole sealed document.
    pub digest: Digest,
    /// How the values reach the containers.
    pub delivery: ConfigDelivery,
}

/// How config values reach the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigDelivery {
    /// As environment variables, which Docker keeps in the container's settings on its disk.
    #[default]
    Environment,
    /// As one file per value in a read-only folder in memory, named by `JETWAY_CONFIG_DIR`.
    Files,
}

/// One container of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// The image it runs.
    pub image: ImagePin,
    /// How it is run.
    pub settings: ContainerSettings,
}

/// The image that a container runs, pinned by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePin {
    /// The digest of the OCI manifest in the image store.
    pub manifest: Digest,
    /// The digest of the image's configuration, which names the digest of every layer.
    pub config: Digest,
    /// `os/architecture`, for example `linux/amd64`.
    pub platform: String,
    /// What the deployer called the image; for people only.
    pub reference: String,
}

/// How a container is run; absent values mean what the image says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerSettings {
    /// Replaces the image's entry point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Environment variables that are no secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<ParameterName, String>,
    /// `user` or `uid:gid`, instead of the image's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How long the container may take to stop before it is killed.
    pub stop_timeout: Seconds,
    /// Whether the container's root file system is read-only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Whether all Linux capabilities are dropped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drop_capabilities: bool,
}

/// How the application is reached over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The container that answers.
    pub container: ContainerName,
    /// The port it listens on, which it also finds in `PORT`.
    pub port: u16,
    /// What the load balancer accepts.
    pub protocol: Protocol,
    /// When the application counts as healthy.
    pub health: Health,
}

/// What the load balancer accepts from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Protocol {
    /// Plain HTTP.
    #[default]
    #[serde(rename = "http")]
    Http,
    /// HTTPS alone.
    #[serde(rename = "https")]
    Https,
    /// HTTPS, with HTTP redirected to it.
    #[serde(rename = "http+https")]
    Both,
}

/// When the application counts as healthy: its path answers with a status from 200 to 299.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// The path that is asked.
    pub path: String,
    /// The pause between two questions while serving.
    pub interval: Seconds,
    /// How long one answer may take.
    pub timeout: Seconds,
    /// How long the application may take from start to its first good answer; at a boot, less than 10 s counts as 10 s.
    pub grace: Seconds,
}

/// How many instances of which type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instances {
    /// How many run.
    pub count: u32,
    /// The EC2 instance type; it does not apply to `local`.
    #[serde(rename = "type")]
    pub instance_type: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
