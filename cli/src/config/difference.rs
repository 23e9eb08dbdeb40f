//! What differs between two configs, told by names alone.

use std::fmt;

use jetway_common::name::ParameterName;
use serde::Serialize;

use super::Names;

/// Names that were added, changed and removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Only in the later config.
    pub added: Vec<ParameterName>,
    /// In both, with a value that was set again in between.
    pub changed: Vec<ParameterName>,
    /// Only in the earlier config.
    pub removed: Vec<ParameterName>,
}

impl Difference {
    /// What leads from one config to another.
    pub fn between(from: &Names, to: &Names) -> Self {
        let names = |names: &Names, is_wanted: &dyn Fn(&ParameterName) -> bool| -> Vec<ParameterName> {
            names.keys().filter(|name| is_wanted(name)).cloned().collect()
        };
        Self {
            added: names(to, &|name| !from.contains_key(name)),
            changed: names(to, &|name| from.get(name).is_some_and(|version| to.get(name) != Some(version))),
            removed: names(from, &|name| !to.contains_key(name)),
        }
    }

    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// Whether `name` is among the differences.
    pub fn concerns(&self, name: &ParameterName) -> bool {
        self.signed().any(|(_, found)| found == name)
    }

    /// One line per name: `+` added, `~` changed, `-` removed.
    pub fn lines(&self) -> String {
        self.signed().map(|(sign, name)| format!("{sign} {name}")).collect::<Vec<_>>().join("\n")
    }

    fn signed(&self) -> impl Iterator<Item = (char, &ParameterName)> {
        let with = |sign| move |name| (sign, name);
        let added = self.added.iter().map(with('+'));
        added.chain(self.changed.iter().map(with('~'))).chain(self.removed.iter().map(with('-')))
    }
}

/// All names in one line, each with its sign.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (sign, name)) in self.signed().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{sign}{name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Names {
        pairs.iter().map(|(name, version)| (name.parse().unwrap(), version.parse().unwrap())).collect()
    }

    #[test]
    fn names_are_compared_by_the_version_of_their_last_change() {
        let from = names(&[("GONE", "c1"), ("SAME", "c1"), ("OTHER", "c1")]);
        let to = names(&[("NEW", "c2"), ("SAME", "c1"), ("OTHER", "c2")]);
        assert_eq!(Difference::between(&from, &to).to_string(), "+NEW ~OTHER -GONE");
        assert_eq!(Difference::between(&to, &from).to_string(), "+GONE ~OTHER -NEW");
        assert!(Difference::between(&from, &from).is_empty());
    }
}
