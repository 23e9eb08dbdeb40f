//! Names that nobody else has: 32 random lower-case hexadecimal digits.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A new name.
pub fn nonce() -> String {
    // Uniqueness is all that is asked of it: the standard library seeds each state from the system's random source.
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

#[cfg(test)]
mod tests {
    use super::nonce;

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
    #[test]
    fn a_name_is_a_token_that_cloudformation_takes() {
        let name = nonce();
        assert!(name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
    }
}
