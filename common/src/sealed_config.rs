//! The sealed config: envelope encryption of an application's values, bound to where they belong. It fails closed.
//!
//! The format is written down in `docs/sealed-config.md`, with an independent program that opens it.

mod context;
mod plaintext;

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::name::{ConfigVersion, ParameterName};
use crate::secret::Values;

pub use context::{Context, KeyName};

/// The largest sealed document, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// The longest `NAME=value`, in bytes: the kernel's `MAX_ARG_STRLEN` of 32 pages, less the closing NUL.
pub const LONGEST_VALUE: usize = 131_071;

const FORMAT: u64 = 1;

/// A data key as its wrapping key gave it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// What wrapped it.
    pub key: KeyName,
    /// The wrapped bytes.
    pub bytes: Vec<u8>,
}

/// The 256-bit key that encrypts one config.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new random key.
    pub fn generate() -> Result<Self, ConfigError> {
        let mut bytes = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut bytes[..]).map_err(|_| ConfigError::Cipher)?;
        Ok(Self(bytes))
    }

    /// The key in `bytes`, if they are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0[..]
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, ConfigError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes()).map_err(|_| ConfigError::Cipher)
    }
}

/// What anyone who may read the document may know: everything but the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format.
    pub format: u64,
    /// Where the config belongs.
    pub context: Context,
    /// The key that wrapped the data key.
    pub key: KeyName,
    /// Each name with the version in which its value last changed, so that a diff needs no decryption.
    pub names: BTreeMap<ParameterName, ConfigVersion>,
    /// When this version was made.
    pub at: Timestamp,
    /// `user@host` of who made it.
    pub by: String,
}

/// The document as it is stored. `header` is text, so that the exact bytes that were authenticated are there to read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    header: String,
    wrapped_key: String,
    nonce: String,
    ciphertext: String,
}

/// A sealed config: readable header, secret values.
#[derive(Debug, Clone)]
pub struct SealedConfig {
    header: Header,
    header_text: String,
    wrapped_key: WrappedKey,
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
    bytes: Vec<u8>,
}

/// Why a config cannot be sealed or opened. No variant carries a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a document that this version wrote.
    #[error("the sealed config is damaged: {0}")]
    Damaged(&'static str),
    /// Written by a newer version.
    #[error("the sealed config has format {0} and this version reads format {FORMAT}: use a newer Jetway")]
    Newer(u64),
    /// Sealed for somewhere else.
    #[error("the config was sealed for {found}, not for {expected}")]
    OtherContext {
        /// Where it belongs.
        found: Box<Context>,
        /// Where it was opened.
        expected: Box<Context>,
    },
    /// The authentication failed: another key, or changed bytes.
    #[error("the config of {0} does not open: it was changed after it was sealed, or the key is another one")]
    Refused(Context),
    /// Too much for one document.
    #[error("the config has {0} bytes when sealed, the limit is {LARGEST}")]
    TooLarge(usize),
    /// A value that no process can be given.
    #[error("`{name}`: {reason}")]
    Value {
        /// The value's name.
        name: ParameterName,
        /// What is wrong with it.
        reason: String,
    },
    /// The cryptographic library refused to work.
    #[error("the cryptographic library refused to work")]
    Cipher,
}

impl SealedConfig {
    /// Seals `values` under a data key that was minted for `header.context`.
    pub fn seal(
        context: Context,
        names: BTreeMap<ParameterName, ConfigVersion>,
        values: &Values,
        origin: (Timestamp, String),
        keys: (&DataKey, WrappedKey),
    ) -> Result<Self, ConfigError> {
        plaintext::check(values)?;
        let (data_key, wrapped_key) = keys;
        let (at, by) = origin;
        let header = Header { format: FORMAT, context, key: wrapped_key.key.clone(), names, at, by };
        let header_text = serde_json::to_string(&header).map_err(|_| ConfigError::Cipher)?;
        let mut sealed = plaintext::write(values)?;
        let nonce = data_key
            .cipher()?
            .seal_in_place_append_tag(Aad::from(header_text.as_bytes()), &mut *sealed)
            .map_err(|_| ConfigError::Cipher)?;
        let (nonce, ciphertext) = (nonce.as_ref().to_vec(), sealed.to_vec());
        let bytes = envelope_bytes(&header_text, &wrapped_key.bytes, &nonce, &ciphertext)?;
        if bytes.len() > LARGEST {
            return Err(ConfigError::TooLarge(bytes.len()));
        }
        Ok(Self { header, header_text, wrapped_key, nonce, ciphertext, bytes })
    }

    /// Reads a stored document. Nothing is decrypted yet, and the header is not to be trusted before [`Self::open`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        if bytes.len() > LARGEST {
            return Err(ConfigError::TooLarge(bytes.len()));
        }
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|_| ConfigError::Damaged("not its JSON"))?;
        let header = parse_header(&envelope.header)?;
        let wrapped_key = WrappedKey { key: header.key.clone(), bytes: decode(&envelope.wrapped_key)? };
        let (nonce, ciphertext) = (decode(&envelope.nonce)?, decode(&envelope.ciphertext)?);
        // Anything that JSON reads leniently (white space, escapes) would otherwise be bytes that nothing protects.
        if envelope_bytes(&envelope.header, &wrapped_key.bytes, &nonce, &ciphertext)? != bytes {
            return Err(ConfigError::Damaged("not in its exact form"));
        }
        Ok(Self { header, header_text: envelope.header, wrapped_key, nonce, ciphertext, bytes: bytes.to_vec() })
    }

    /// The values, if `data_key` is the right one and nothing was changed. `expected` is where they are to be used.
    pub fn open(&self, expected: &Context, data_key: &DataKey) -> Result<Values, ConfigError> {
        self.check_context(expected)?;
        let refused = || ConfigError::Refused(expected.clone());
        let nonce = Nonce::try_assume_unique_for_key(&self.nonce).map_err(|_| refused())?;
        let mut buffer = Zeroizing::new(self.ciphertext.clone());
        let opened = data_key
            .cipher()?
            .open_in_place(nonce, Aad::from(self.header_text.as_bytes()), &mut buffer)
            .map_err(|_| refused())?;
        let values = plaintext::parse(opened)?;
        if values.keys().eq(self.header.names.keys()) { Ok(values) } else { Err(refused()) }
    }

    /// Refuses a document that belongs elsewhere, before any key is asked for.
    pub fn check_context(&self, expected: &Context) -> Result<(), ConfigError> {
        if self.header.context == *expected {
            return Ok(());
        }
        Err(ConfigError::OtherContext { found: self.header.context.clone().into(), expected: expected.clone().into() })
    }

    /// What may be known without a key.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The data key in its wrapped form.
    pub fn wrapped_key(&self) -> &WrappedKey {
        &self.wrapped_key
    }

    /// The bytes to store.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest that a release record pins.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

fn parse_header(text: &str) -> Result<Header, ConfigError> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    let Format { format } = serde_json::from_str(text).map_err(|_| ConfigError::Damaged("no format number"))?;
    if format != FORMAT {
        return Err(ConfigError::Newer(format));
    }
    serde_json::from_str(text).map_err(|_| ConfigError::Damaged("not its header"))
}

fn envelope_bytes(header: &str, wrapped: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, ConfigError> {
    let envelope = Envelope {
        header: header.to_owned(),
        wrapped_key: STANDARD.encode(wrapped),
        nonce: STANDARD.encode(nonce),
        ciphertext: STANDARD.encode(ciphertext),
    };
    serde_json::to_vec_pretty(&envelope).map_err(|_| ConfigError::Cipher)
}

fn decode(text: &str) -> Result<Vec<u8>, ConfigError> {
    STANDARD.decode(text).map_err(|_| ConfigError::Damaged("not base64"))
}

#[cfg(test)]
mod tests;
