//! Writes objects in the order in which people read them: a statement begins with its name, a tag with its key.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};

/// What comes first, in this order; everything else follows by the alphabet.
const FIRST: [&str; 12] = [
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "Resource",
    "Condition",
    "Version",
    "Statement",
    "Id",
    "Key",
    "Value",
    "Description",
];

/// A value whose objects are in reading order.
struct Ordered<'a>(&'a Value);

/// Serializes properties in reading order; for `serialize_with`.
pub(super) fn properties<S: Serializer>(map: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| (FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()), *key));
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(key, &Ordered(value))?;
    }
    map.end()
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => properties(map, serializer),
            Value::Array(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    sequence.serialize_element(&Ordered(value))?;
                }
                sequence.end()
            }
            plain => plain.serialize(serializer),
        }
    }
}
