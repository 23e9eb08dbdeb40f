//! The boot file: the small document that pins which release an instance must run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Document;
use crate::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};
use crate::seconds::Seconds;

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
    /// Where the instance is, and so where its store and key are.
    pub platform: Platform,
}

/// Where an instance is. A folder and a bucket cannot be mistaken for each other: they are different variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Platform {
    /// This machine: the store is a folder, the key a file.
    Local {
        /// The folder that is the store.
        store: PathBuf,
        /// The file that holds the key.
        key: PathBuf,
    },
}

impl Document for BootFile {
    const KIND: &'static str = "boot file";
    const FORMAT: u64 = 1;
}
