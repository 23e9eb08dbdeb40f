//! What the resources of a stack are called when people are told of them.

use std::collections::BTreeMap;

use super::text;
use crate::template::model::Template;
use crate::template::resource::Resource;

/// The descriptions of a stack's resources by their logical names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<String, Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    description: String,
    is_kept: bool,
}

impl Words {
    /// The descriptions that stand in a template.
    pub fn of(template: &Template) -> Self {
        let pair = |(name, resource): (&str, &Resource)| {
            let description = resource.metadata.description.clone();
            (name.to_owned(), Word { description, is_kept: resource.deletion_policy.is_some() })
        };
        Self(template.resources.iter().map(pair).collect())
    }

    /// These, and those of `others` that are not among them.
    #[must_use]
    pub fn or(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }

    /// The same, and the descriptions of resources that only this other template has, which is one of Jetway's own.
    #[must_use]
    pub fn and_of(mut self, template: &str) -> Self {
        for (name, lines) in text::resources(&text::sections(template)) {
            if let Some(description) = text::description(&lines) {
                let word = Word { description: description.to_owned(), is_kept: false };
                self.0.entry(name.to_owned()).or_insert(word);
            }
        }
        self
    }

    /// The resource for people: its description, and its logical name and type where it has none.
    pub fn tell(&self, logical_name: &str, kind: &str) -> String {
        let known = self.0.get(logical_name).map(|word| word.description.clone());
        known.unwrap_or_else(|| format!("{logical_name} ({kind})"))
    }

    /// Whether the resource outlives its stack.
    pub fn is_kept(&self, logical_name: &str) -> bool {
        self.0.get(logical_name).is_some_and(|word| word.is_kept)
    }

    /// The descriptions, in the order of the logical names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|word| word.description.as_str())
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
