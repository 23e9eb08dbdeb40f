//! What the resources of a stack are called when people are told of them.

use std::collections::BTreeMap;

use crate::template::model::Template;

/// The descriptions of a stack's resources by their logical names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// The descriptions that stand in a template.
    pub fn of(template: &Template) -> Self {
        let pair = |(name, resource): (&str, &crate::template::resource::Resource)| {
            (name.to_owned(), resource.metadata.description.clone())
        };
        Self(template.resources.iter().map(pair).collect())
    }

    /// The resource for people: its description, and its logical name and type where it has none.
    pub fn tell(&self, logical_name: &str, kind: &str) -> String {
        self.0.get(logical_name).cloned().unwrap_or_else(|| format!("{logical_name} ({kind})"))
    }

    /// The descriptions, in the order of the logical names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// How many resources are described.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
