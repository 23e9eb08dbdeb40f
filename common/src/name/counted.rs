//! Names that are counted: releases `v1`, `v2`, ... and config versions `c1`, `c2`, ...

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::NameError;

/// Gives a counted name (`v42`, `c17`) its parsing and printing.
macro_rules! counted {
    ($(#[$doc:meta])* $type:ident, $letter:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(u32);

        impl $type {
            /// The first number of its kind.
            pub const FIRST: Self = Self(1);

            /// The next number.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }

            /// The count without its letter.
            pub fn number(self) -> u32 {
                self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(value: &str) -> Result<Self, NameError> {
                let number = value.strip_prefix($letter).filter(|digits| !digits.starts_with(['0', '+']));
                match number.and_then(|digits| digits.parse::<u32>().ok()) {
                    Some(number) if number < u32::MAX => Ok(Self(number)),
                    _ => Err(NameError {
                        what: $what,
                        value: value.to_owned(),
                        reason: "is not a number of that kind".to_owned(),
                        rule: concat!("the letter ", $letter, " and a number, for example ", $letter, "42"),
                    }),
                }
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
                name.to_string()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

counted!(
    /// A release of one application in one environment: `v1`, `v2`, ...
    ReleaseName,
    "v",
    "release"
);

counted!(
    /// A version of one application's config in one environment: `c1`, `c2`, ...
    ConfigVersion,
    "c",
    "config version"
);
