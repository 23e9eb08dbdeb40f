//! A word of the command line that may be a secret, so that no error message of the parser quotes it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use jetway_common::secret::SecretText;

/// A word that is checked by the command, not by the parser.
#[derive(Clone)]
pub struct Hidden(SecretText);

impl Hidden {
    /// The word.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl FromStr for Hidden {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self(SecretText::new(word.to_owned())))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}
