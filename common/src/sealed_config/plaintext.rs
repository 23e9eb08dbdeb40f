//! The values as the bytes that are sealed. They are wiped wherever they are held.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{ConfigError, LONGEST_VALUE};
use crate::name::ParameterName;
use crate::secret::{SecretText, Values};

pub(super) fn check(values: &Values) -> Result<(), ConfigError> {
    for (name, value) in values {
        let length = name.as_str().len() + 1 + value.reveal().len();
        let reason = if value.reveal().contains('\0') {
            "contains a NUL character, which no environment variable can".to_owned()
        } else if length > LONGEST_VALUE {
            format!("{length} bytes, the kernel allows {LONGEST_VALUE} for NAME=value")
        } else {
            continue;
        };
        return Err(ConfigError::Value { name: name.clone(), reason });
    }
    Ok(())
}

pub(super) fn write(values: &Values) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let plain: BTreeMap<&str, &str> = values.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    // Escapes make a text at most six times longer; with this room the buffer never moves and leaves no copy behind.
    let room = values.iter().map(|(name, value)| 6 * (name.as_str().len() + value.reveal().len()) + 8).sum::<usize>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + 64));
    serde_json::to_writer(&mut *bytes, &plain).map_err(|_| ConfigError::Cipher)?;
    Ok(bytes)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Values, ConfigError> {
    let plain: BTreeMap<ParameterName, String> =
        serde_json::from_slice(bytes).map_err(|_| ConfigError::Damaged("its values are not its JSON"))?;
    Ok(plain.into_iter().map(|(name, value)| (name, SecretText::new(value))).collect())
}
