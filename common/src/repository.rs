//! A repository on GitHub, as its tokens name it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

/// A text that names no repository; reads as the words after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a repository such as `owner/name`")]
pub struct RepositoryError;

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let is_part = |part: &str, more: &[u8], longest: usize| {
            (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
        };
        // Neither may hold `*` or `:`: the one would match other repositories, the other change the token's meaning.
        let is_repository =
            text.split_once('/').is_some_and(|(owner, name)| is_part(owner, b"-", 39) && is_part(name, b"-._", 100));
        if is_repository { Ok(Self(text.to_owned())) } else { Err(RepositoryError) }
    }
}

impl TryFrom<String> for Repository {
    type Error = RepositoryError;

    fn try_from(text: String) -> Result<Self, RepositoryError> {
        text.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
