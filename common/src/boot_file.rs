//! The boot file: the small document that pins which release an instance must run.

mod place;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::document::Document;
use crate::metadata::Imds;
use crate::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};
use crate::seconds::Seconds;

pub use place::Ec2Place;

/// No boot file is larger, in bytes: user data carries it, and EC2 allows no more of that.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
pub const LARGEST: usize = 16 * 1024;

/// The name of the lifecycle hook that holds an instance until its agent calls it ready; known also to an agent that finds no boot
/// file.
pub const LAUNCH_HOOK: &str = "jetway-launch";

/// What an instance must run, and where it finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootFile {
    /// The installation that the instance belongs to.
    pub installation: InstallationName,
    /// The environment that the instance belongs to.
    pub environment: EnvironmentName,
    /// The application that the instance runs.
    pub application: ApplicationName,
    /// The release that the instance runs for all its life.
    pub release: ReleaseName,
    /// The digest of the release record: the root of the chain of trust.
    pub record: Digest,
    /// How long the instance may take from its start until it is ready.
    pub deadline: Seconds,
    /// Whether its containers reach instance metadata; they do where it is not said.
    #[serde(default, skip_serializing_if = "Imds::is_allow")]
    pub imds: Imds,
    /// Where the instance is, and so where its store and key are.
    pub platform: Platform,
}

/// Where an instance is. A folder and a bucket cannot be mistaken for each other: they are different variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Platform {
    /// This machine: the store is a folder, the key a file.
    Local(LocalPlace),
    /// An instance on EC2: the store is a bucket, the key in KMS.
    Ec2(Ec2Place),
}

/// What an agent on this machine is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalPlace {
    /// The folder that is the store.
    pub store: PathBuf,
    /// The file that holds the key.
    pub key: PathBuf,
}

/// By hand, because an error inside a variant that is found by a tag does not say at which field it is.
impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = serde_json::Map::deserialize(deserializer)?;
        let kind = fields.remove("kind").ok_or_else(|| D::Error::missing_field("kind"))?;
        match kind.as_str() {
            Some("local") => place(fields).map(Self::Local),
            Some("ec2") => place(fields).map(Self::Ec2),
            _ => Err(D::Error::custom(format!("`kind` is {kind}, expected \"local\" or \"ec2\""))),
        }
    }
}

fn place<T: DeserializeOwned, E: Error>(fields: serde_json::Map<String, Value>) -> Result<T, E> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let field = error.path().to_string();
        let place = if field == "." { String::new() } else { format!("`{field}`: ") };
        E::custom(format!("{place}{}", error.inner()))
    })
}

impl Document for BootFile {
    const KIND: &'static str = "boot file";
    const FORMAT: u64 = 1;
}
