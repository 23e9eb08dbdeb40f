//! Names that cross a boundary: checked once, then trusted.

mod aws;
mod counted;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use aws::{AccountId, BucketName, HookName, KeyArn, LogGroupName, LogicalId, RegionName, StackName};
pub use counted::{ConfigVersion, ReleaseName};

/// Why a text is not a valid name; reads as a full sentence with what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value:?}: {reason}; use {rule}")]
pub struct NameError {
    what: &'static str,
    value: String,
    reason: String,
    rule: &'static str,
}

impl NameError {
    /// The same sentence without the text itself, for places where it may be a part of a secret.
    pub fn without_value(&self) -> String {
        let Self { what, reason, rule, .. } = self;
        format!("{what}: {reason}; use {rule}")
    }
}

/// What one kind of name allows.
struct Rule {
    what: &'static str,
    text: &'static str,
    longest: usize,
    hyphens: bool,
}

impl Rule {
    fn check(&self, value: &str) -> Result<(), NameError> {
        match self.fault(value) {
            None => Ok(()),
            Some(reason) => Err(self.error(value, reason)),
        }
    }

    fn fault(&self, value: &str) -> Option<String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || (self.hyphens && c == '-');
        let length = value.chars().count();
        if value.is_empty() {
            Some("is empty".to_owned())
        } else if let Some(bad) = value.chars().find(|c| !allowed(*c)) {
            Some(format!("{bad:?} is not allowed"))
        } else if !value.starts_with(|c: char| c.is_ascii_lowercase()) {
            Some("does not begin with a letter".to_owned())
        } else if value.ends_with('-') {
            Some("ends with a hyphen".to_owned())
        } else if value.contains("--") {
            Some("contains \"--\"".to_owned())
        } else if length > self.longest {
            Some(format!("has {length} characters, the limit is {}", self.longest))
        } else {
            None
        }
    }

    fn error(&self, value: &str, reason: String) -> NameError {
        NameError { what: self.what, value: value.to_owned(), reason, rule: self.text }
    }
}

/// Gives a text newtype its checked constructor and the conversions that serde and clap need.
macro_rules! checked_text {
    ($(#[$doc:meta])* $type:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(value: &str) -> Result<Self, NameError> {
                $check(value)?;
                Ok(Self(value.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(value: String) -> Result<Self, NameError> {
                value.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

use checked_text;

checked_text!(
    /// The name of an installation: `[a-z][a-z0-9]*`, at most 12 characters.
    InstallationName,
    |value: &str| INSTALLATION.check(value)
);

checked_text!(
    /// The name of an environment: `[a-z][a-z0-9]*`, at most 12 characters, and not a folder that the store has itself.
    EnvironmentName,
    check_environment
);

checked_text!(
    /// The name of an application: `[a-z][a-z0-9-]*`, at most 24 characters, no `--`, no hyphen at an end.
    ApplicationName,
    |value: &str| APPLICATION.check(value)
);

checked_text!(
    /// The name of a container within its application; the same rule as for applications.
    ContainerName,
    |value: &str| CONTAINER.check(value)
);

checked_text!(
    /// The name of an environment variable or config value: `[A-Za-z_][A-Za-z0-9_]*`, at most 256 characters.
    ///
    /// `AWS_*` and `JETWAY_*` are refused: the platform sets those.
    ParameterName,
    check_parameter
);

checked_text!(
    /// The name of an instance: an EC2 instance id, or `local-` and the host's name.
    InstanceId,
    check_instance
);

const NO_HYPHEN: &str = "a-z and 0-9, a letter first, 1 to 12 characters";
const HYPHEN: &str = "a-z, 0-9 and single inner hyphens, a letter first, 1 to 24 characters";
const INSTALLATION: Rule = Rule { what: "installation name", text: NO_HYPHEN, longest: 12, hyphens: false };
const ENVIRONMENT: Rule = Rule { what: "environment name", text: NO_HYPHEN, longest: 12, hyphens: false };
const APPLICATION: Rule = Rule { what: "application name", text: HYPHEN, longest: 24, hyphens: true };
const CONTAINER: Rule = Rule { what: "container name", text: HYPHEN, longest: 24, hyphens: true };

impl EnvironmentName {
    /// The built-in environment that runs on this machine.
    pub const LOCAL: &str = "local";

    /// The built-in environment.
    pub fn local() -> Self {
        Self(Self::LOCAL.to_owned())
    }

    /// Whether this is the built-in environment.
    pub fn is_local(&self) -> bool {
        self.0 == Self::LOCAL
    }
}

impl InstanceId {
    /// `SignalResource` limits `UniqueId`, which is this name, to 64 characters.
    const LONGEST: usize = 64;

    /// The name of this machine as an instance: `local-` and the host's name, with what no instance name may have replaced.
    ///
    /// A host without a name is an error: a made-up one would be shared by many.
    pub fn of_host(host: &str) -> Result<Self, NameError> {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
        if host.is_empty() {
            return host.parse();
        }
        let name: String = "local-".chars().chain(host.chars().map(allowed)).take(Self::LONGEST).collect();
        name.parse()
    }
}

impl Default for InstallationName {
    fn default() -> Self {
        Self("jetway".to_owned())
    }
}

/// An application's own storage begins with its environment's name, beside the store's own folders.
const STORE_FOLDERS: [&str; 2] = ["images", "jetway"];

fn check_environment(value: &str) -> Result<(), NameError> {
    if STORE_FOLDERS.contains(&value) {
        return Err(ENVIRONMENT.error(value, "is a folder of the store itself".to_owned()));
    }
    ENVIRONMENT.check(value)
}

fn check_parameter(value: &str) -> Result<(), NameError> {
    let length = value.chars().count();
    let reason = if value.is_empty() {
        "is empty".to_owned()
    } else if let Some(bad) = value.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '_')) {
        format!("{bad:?} is not allowed")
    } else if value.starts_with(|c: char| c.is_ascii_digit()) {
        "begins with a digit".to_owned()
    } else if length > 256 {
        format!("has {length} characters, the limit is 256")
    } else if ["AWS_", "JETWAY_"].iter().any(|prefix| value.to_ascii_uppercase().starts_with(prefix)) {
        "AWS_* and JETWAY_* are set by the platform".to_owned()
    } else {
        return Ok(());
    };
    let rule = "A-Z, a-z, 0-9 and \"_\", not a digit first";
    Err(NameError { what: "environment variable", value: value.to_owned(), reason, rule })
}

fn check_instance(value: &str) -> Result<(), NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    let reason = if value.is_empty() || value.starts_with('.') {
        "is empty or begins with a dot".to_owned()
    } else if let Some(bad) = value.chars().find(|c| !allowed(*c)) {
        format!("{bad:?} is not allowed")
    } else if value.len() > InstanceId::LONGEST {
        format!("has {} characters, the limit is 64", value.len())
    } else {
        return Ok(());
    };
    let rule = "letters, digits, \"-\", \".\" and \"_\", at most 64 characters";
    Err(NameError { what: "instance", value: value.to_owned(), reason, rule })
}

#[cfg(test)]
mod tests;
