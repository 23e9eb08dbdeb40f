//! Where a config belongs, and which key sealed it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{ApplicationName, ConfigVersion, EnvironmentName, InstallationName};

/// Where a config belongs. It is the encryption context: a config opens nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The installation.
    pub installation: InstallationName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The application.
    pub application: ApplicationName,
    /// The version of the config.
    pub version: ConfigVersion,
}

impl Context {
    /// The pairs that KMS takes as its encryption context.
    pub fn pairs(&self) -> [(&'static str, String); 4] {
        [
            ("jetway:installation", self.installation.to_string()),
            ("jetway:environment", self.environment.to_string()),
            ("jetway:application", self.application.to_string()),
            ("jetway:version", self.version.to_string()),
        ]
    }

    /// One unambiguous text: `name=value` lines in the order of [`Context::pairs`].
    pub fn to_bytes(&self) -> Vec<u8> {
        self.pairs().iter().fold(Vec::new(), |mut bytes, (name, value)| {
            bytes.extend_from_slice(format!("{name}={value}\n").as_bytes());
            bytes
        })
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { installation, environment, application, version } = self;
        write!(f, "{application} {version} in {environment} of {installation}")
    }
}

/// Which key wrapped a data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeyName {
    /// The key file of one machine.
    Local {
        /// Tells key files apart.
        fingerprint: String,
    },
    /// A key in KMS.
    Kms {
        /// Its ARN.
        arn: String,
    },
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { fingerprint } => write!(f, "the local key {fingerprint}"),
            Self::Kms { arn } => write!(f, "the KMS key {arn}"),
        }
    }
}
