//! JSON documents that carry the version of their format, so that a file written by a released version stays readable
//! and one written by a newer version is refused by name.

mod form;

use form::{WithoutDuplicates, instead_of_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// No document of Jetway is larger, in bytes; reading stops there.
pub const LARGEST: usize = 1024 * 1024;

/// A type that is stored as a JSON object with a `format` number.
pub trait Document: Serialize + DeserializeOwned {
    /// What people call it, for messages.
    const KIND: &'static str;
    /// The newest format that this version writes, and reads.
    const FORMAT: u64;

    /// The bytes to store.
    fn to_bytes(&self) -> Result<Vec<u8>, DocumentError> {
        let mut value = serde_json::to_value(self).map_err(|source| invalid::<Self>("", &source))?;
        if let Value::Object(fields) = &mut value {
            fields.insert("format".to_owned(), Self::FORMAT.into());
        }
        let mut bytes = serde_json::to_vec_pretty(&value).map_err(|source| invalid::<Self>("", &source))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads what `to_bytes` of this or an earlier version wrote.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        let kind = Self::KIND;
        if bytes.len() > LARGEST {
            return Err(DocumentError::TooLarge { kind, bytes: bytes.len() });
        }
        let mut value = json::<Self>(bytes)?;
        let fields = value.as_object_mut().ok_or(DocumentError::NoFormat { kind })?;
        let format =
            fields.remove("format").as_ref().and_then(Value::as_u64).ok_or(DocumentError::NoFormat { kind })?;
        if format == 0 || format > Self::FORMAT {
            return Err(DocumentError::Newer { kind, format, newest: Self::FORMAT });
        }
        serde_path_to_error::deserialize(value)
            .map_err(|error| invalid::<Self>(&error.path().to_string(), error.inner()))
    }
}

/// Why bytes are not the document they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Larger than any document of Jetway.
    #[error("the {kind} has {bytes} bytes, more than the {LARGEST} allowed")]
    TooLarge {
        /// What was read.
        kind: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// Not an object with a format number.
    #[error("the {kind} has no format number: it was not written by Jetway")]
    NoFormat {
        /// What was read.
        kind: &'static str,
    },
    /// Written by a version that this one does not know.
    #[error("the {kind} has format {format} and this version reads formats 1 to {newest}: use a newer Jetway")]
    Newer {
        /// What was read.
        kind: &'static str,
        /// The format it has.
        format: u64,
        /// The newest format that is known here.
        newest: u64,
    },
    /// Not JSON, or not the right fields.
    #[error("the {kind} cannot be read: {reason}")]
    Invalid {
        /// What was read.
        kind: &'static str,
        /// Where and why.
        reason: String,
    },
}

fn json<D: Document>(bytes: &[u8]) -> Result<Value, DocumentError> {
    let value = serde_json::from_slice(bytes).map_err(|source| match instead_of_json(bytes) {
        Some(reason) => DocumentError::Invalid { kind: D::KIND, reason },
        None => invalid::<D>("", &source),
    })?;
    match serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes)) {
        Ok(WithoutDuplicates) => Ok(value),
        Err(error) => Err(invalid::<D>(&error.path().to_string(), error.inner())),
    }
}

fn invalid<D: Document>(path: &str, source: &serde_json::Error) -> DocumentError {
    let place = if path.is_empty() || path == "." { String::new() } else { format!("at `{path}`: ") };
    DocumentError::Invalid { kind: D::KIND, reason: format!("{place}{source}") }
}
