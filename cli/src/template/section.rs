//! A section of a template: named entries in the order in which a reader wants them.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// Named entries; they are written as a map, in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Section<T>(Vec<(String, T)>);

impl<T> Section<T> {
    /// Adds an entry at the end.
    pub fn add(&mut self, name: impl Into<String>, entry: T) {
        self.0.push((name.into(), entry));
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The entries with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The entry of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(each, _)| each == name).map(|(_, entry)| entry)
    }
}

impl<T> Default for Section<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Serialize for Section<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, entry) in &self.0 {
            map.serialize_entry(name, entry)?;
        }
        map.end()
    }
}
