//! The agent's packages in the store: what instances with a stock AMI install at their first boot.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Document;
use crate::layout::ObjectKey;

/// The processors that EC2 has, in EC2's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Architecture {
    /// Graviton.
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Arm64, Self::X86];

    /// In EC2's words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    /// In RPM's words.
    pub const fn in_rpm(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64",
            Self::X86 => "x86_64",
        }
    }

    /// In the words of OCI images.
    pub const fn in_oci(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "amd64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The pointer to the package that new releases take for one architecture; `jetway install` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrentPackage {
    /// The version of the package, as the package says it.
    pub version: String,
    /// The key of the package in the store.
    pub key: String,
    /// The digest of its bytes, without which it is not installed.
    pub digest: Digest,
}

impl Document for CurrentPackage {
    const KIND: &'static str = "pointer to the agent's package";
    const FORMAT: u64 = 1;
}

/// The package with these bytes; never rewritten.
pub fn package(architecture: Architecture, digest: &Digest) -> ObjectKey {
    ObjectKey::of_agent(&format!("{architecture}/{}.rpm", digest.hex()))
}

/// The pointer to the package that new releases take.
pub fn current(architecture: Architecture) -> ObjectKey {
    ObjectKey::of_agent(&format!("{architecture}/current.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_apart_by_architecture_and_content() {
        let digest = Digest::of(b"");
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(package(Architecture::Arm64, &digest).as_str(), format!("jetway-agent/arm64/{hex}.rpm"));
        assert_eq!(current(Architecture::X86).as_str(), "jetway-agent/x86_64/current.json");
    }
}
