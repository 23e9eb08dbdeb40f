//! Which AMI instances start from: one by its id, or the one that a parameter of Systems Manager names when a deploy begins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::agent_package::Architecture;

/// What the name of a parameter begins with where an id could stand too.
const PARAMETER: &str = "ssm:";
/// The most characters of a parameter's name, so that the architecture can follow it:
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>.
const LONGEST: usize = 1000;

/// An AMI with Docker and the agent in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ami {
    /// The one with this id.
    Id(String),
    /// The one whose id is the value of the parameter with this name, a slash and the architecture.
    Parameter(String),
}

impl Ami {
    /// The parameter below `name` with the id of the AMI for one architecture.
    pub fn parameter_for(name: &str, architecture: Architecture) -> String {
        format!("{name}/{architecture}")
    }
}

/// Why a text names no AMI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is neither the id of an AMI such as `ami-0123456789abcdef0` nor a parameter such as `ssm:/jetway/ami`")]
pub struct NoAmi;

impl FromStr for Ami {
    type Err = NoAmi;

    fn from_str(text: &str) -> Result<Self, NoAmi> {
        match text.strip_prefix(PARAMETER) {
            Some(name) if is_parameter(name) => Ok(Self::Parameter(name.to_owned())),
            None if is_id(text) => Ok(Self::Id(text.to_owned())),
            _ => Err(NoAmi),
        }
    }
}

/// The ids of before 2018 have eight digits:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>.
fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("ami-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_parameter(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    };
    name.len() <= LONGEST && name.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_part))
}

impl fmt::Display for Ami {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Parameter(name) => write!(f, "{PARAMETER}{name}"),
        }
    }
}

impl TryFrom<String> for Ami {
    type Error = NoAmi;

    fn try_from(text: String) -> Result<Self, NoAmi> {
        text.parse()
    }
}

impl From<Ami> for String {
    fn from(ami: Ami) -> Self {
        ami.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ami_is_named_by_its_id_or_by_a_parameter() {
        for text in ["ami-01234567", "ami-0123456789abcdef0", "ssm:/jetway/ami", "ssm:/a_b/c.d/e-f"] {
            assert_eq!(text.parse::<Ami>().unwrap().to_string(), text);
        }
        assert_eq!(Ami::parameter_for("/jetway/ami", Architecture::Arm64), "/jetway/ami/arm64");
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = format!("ssm:/{}", "a".repeat(1000));
        let wrong = ["", "ami-", "ami-0123456", "AMI-01234567", "ssm:", "ssm:/", "ssm:jetway/ami", "ssm:/jetway//ami"];
        for text in wrong.into_iter().chain(["ssm:/jetway/ami/", "ssm:/jet way", "/jetway/ami", long.as_str()]) {
            assert_eq!(text.parse::<Ami>(), Err(NoAmi), "{text}");
        }
    }
}
