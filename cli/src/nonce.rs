//! Names that nobody else has: 32 random lower-case hexadecimal digits.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A new name.
pub fn nonce() -> String {
    // Uniqueness is all that is asked of it: the standard library seeds each state from the system's random source.
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}
