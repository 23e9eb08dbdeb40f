//! What bytes are that are no document: what people meet when something stands between the writer and the reader.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What the bytes are instead of JSON, if they are known.
pub(super) fn instead_of_json(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        _ if bytes.starts_with(&[0x1f, 0x8b]) => return Some("it is compressed with gzip".to_owned()),
        Ok(text) => text,
        Err(error) => return Some(format!("it is not UTF-8 at byte {}", error.valid_up_to())),
    };
    let beginning = text.trim_start().get(..16).unwrap_or(text.trim_start()).to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| beginning.starts_with(word));
    let found = if text.trim().is_empty() {
        "it is empty"
    } else if text.starts_with('\u{feff}') {
        "it begins with a byte order mark"
    } else if text.contains('\0') {
        "it contains a NUL"
    } else if begins(&["mime-version:", "content-type:"]) {
        "it is a MIME document"
    } else if begins(&["#cloud-config", "#!"]) {
        "it is user data, not what user data carries"
    } else if begins(&["<!doctype html", "<html"]) {
        "it is a page in HTML: something answers in the place of AWS"
    } else if begins(&["<"]) {
        "it is XML"
    } else {
        return None;
    };
    Some(found.to_owned())
}

/// Any JSON in which no object has a key twice: two readers could take different ones.
pub(super) struct WithoutDuplicates;

impl<'de> Deserialize<'de> for WithoutDuplicates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for WithoutDuplicates {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = std::collections::BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Self>()?;
            if let Some(key) = keys.replace(key) {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}
