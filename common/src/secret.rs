//! Plaintext that must not be seen: no `Debug`, no `Display`, no `Serialize`, wiped on drop.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::name::ParameterName;

/// A secret text, for example one config value.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes over `text`.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The plaintext. Every use of this is a place where a secret may leak.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The plaintext of a config: one secret per name.
pub type Values = BTreeMap<ParameterName, SecretText>;
