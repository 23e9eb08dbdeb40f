//! Wraps data keys with a key file instead of KMS. A wrapped key names its kind, so the two cannot be mistaken.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::sealed_config::{Context, DataKey, KeyName, WrappedKey};

const HEADER: &str = "jetway-local-key-1:";

/// The key that stands in for KMS on this machine.
pub struct LocalKey(Zeroizing<[u8; 32]>);

/// Why a local key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalKeyError {
    /// The file holds something else.
    #[error("the key file does not hold a local key of Jetway")]
    NotAKey,
    /// The random generator or the cipher refused to work.
    #[error("the cryptographic library refused to work")]
    Cipher,
    /// The data key was wrapped by something else.
    #[error("the config was sealed with {found}, and this machine has {own}")]
    OtherKey {
        /// The key that sealed it.
        found: KeyName,
        /// The key that is here.
        own: KeyName,
    },
    /// Same key, other context or changed bytes.
    #[error("the wrapped data key does not open with this key for {0}")]
    Refused(Context),
}

impl LocalKey {
    /// A new random key.
    pub fn generate() -> Result<Self, LocalKeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut bytes[..]).map_err(|_| LocalKeyError::Cipher)?;
        Ok(Self(bytes))
    }

    /// Reads what [`LocalKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, LocalKeyError> {
        let encoded = text.trim_end().strip_prefix(HEADER).ok_or(LocalKeyError::NotAKey)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| LocalKeyError::NotAKey)?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| LocalKeyError::NotAKey)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The text to keep in a file that only its owner can read.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{HEADER}{}\n", STANDARD.encode(&self.0[..])))
    }

    /// A name that tells keys apart and reveals nothing of them.
    pub fn name(&self) -> KeyName {
        let mut input = Zeroizing::new(Vec::from(HEADER));
        input.extend_from_slice(&self.0[..]);
        KeyName::Local { fingerprint: Digest::of(&input).short().to_owned() }
    }

    /// A new data key and its wrapped form, bound to `context`.
    pub fn mint(&self, context: &Context) -> Result<(DataKey, WrappedKey), LocalKeyError> {
        let data_key = DataKey::generate().map_err(|_| LocalKeyError::Cipher)?;
        let mut sealed = Zeroizing::new(data_key.bytes().to_vec());
        let cipher = self.cipher()?;
        let nonce = cipher
            .seal_in_place_append_tag(Aad::from(context.to_bytes()), &mut *sealed)
            .map_err(|_| LocalKeyError::Cipher)?;
        let mut wrapped = nonce.as_ref().to_vec();
        wrapped.extend_from_slice(&sealed);
        Ok((data_key, WrappedKey { key: self.name(), bytes: wrapped }))
    }

    /// The data key that was wrapped by this key for `context`, and for nothing else.
    pub fn unwrap(&self, wrapped: &WrappedKey, context: &Context) -> Result<DataKey, LocalKeyError> {
        if wrapped.key != self.name() {
            return Err(LocalKeyError::OtherKey { found: wrapped.key.clone(), own: self.name() });
        }
        let refused = || LocalKeyError::Refused(context.clone());
        let (nonce, sealed) = wrapped.bytes.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened =
            self.cipher()?.open_in_place(nonce, Aad::from(context.to_bytes()), &mut bytes).map_err(|_| refused())?;
        DataKey::from_slice(opened).ok_or_else(refused)
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, LocalKeyError> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0[..]).map_err(|_| LocalKeyError::Cipher)
    }
}
