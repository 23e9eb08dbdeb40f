//! What tells a stack from the one that it should be, found by reading alone: nothing is asked of CloudFormation that
//! would leave a trace there.

use std::collections::BTreeSet;

use super::change::{Change, Effect};
use super::new_stack::NewStack;
use super::text::{Part, nested, resources, sections};
use super::{Stack, Stacks};
use crate::error::UserError;

/// What is different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What would happen to resources. Whether one is replaced, only a proposal tells.
    pub changes: Vec<Change>,
    /// The parameters with other values.
    pub parameters: Vec<String>,
    /// Whether anything else of the template is different, such as an output.
    pub is_elsewhere: bool,
}

impl Stacks {
    /// Compares `stack` with what it should be.
    pub async fn compare(&self, stack: &Stack, new: &NewStack) -> Result<Difference, UserError> {
        let given = new.parameters.iter().filter(|(name, value)| stack.parameters.get(*name) != Some(value));
        let parameters = given.map(|(name, _)| name.clone()).collect();
        let old = self.template(stack).await?;
        Ok(Difference { parameters, ..difference(&old, &new.body) })
    }
}

fn difference(old: &str, new: &str) -> Difference {
    let (old, new) = (sections(old), sections(new));
    let changes = changes(&resources(&old), &resources(&new));
    // Parameters are told by their values.
    let is_other = |name: &&str| !matches!(*name, "Resources" | "Parameters");
    let is_elsewhere = names(&old, &new).into_iter().filter(is_other).any(|name| old.get(name) != new.get(name));
    Difference { changes, parameters: Vec::new(), is_elsewhere }
}

fn names<'t>(old: &Part<'t>, new: &Part<'t>) -> BTreeSet<&'t str> {
    old.keys().chain(new.keys()).copied().collect()
}

fn changes(old: &Part<'_>, new: &Part<'_>) -> Vec<Change> {
    names(old, new).into_iter().filter_map(|name| change(name, old.get(name), new.get(name))).collect()
}

fn change(name: &str, old: Option<&Vec<&str>>, new: Option<&Vec<&str>>) -> Option<Change> {
    let (effect, properties) = match (old, new) {
        (None, _) => (Effect::Add, Vec::new()),
        (_, None) => (Effect::Remove, Vec::new()),
        (Some(old), Some(new)) if old == new => return None,
        (Some(old), Some(new)) => (Effect::Modify, differing(&properties(old), &properties(new))),
    };
    let kind = new.or(old)?.iter().find_map(|line| line.strip_prefix("    Type: ")).unwrap_or_default().to_owned();
    Some(Change { resource: name.to_owned(), kind, effect, properties })
}

fn properties<'t>(resource: &[&'t str]) -> Part<'t> {
    nested(resource, 4).get("Properties").map(|lines| nested(lines, 6)).unwrap_or_default()
}

fn differing(old: &Part<'_>, new: &Part<'_>) -> Vec<String> {
    names(old, new).into_iter().filter(|name| old.get(name) != new.get(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;

    const OLD: &str = "\
Description: A
Parameters:
  P:
    Type: String
Resources:
  Same:
    Type: A
  Gone:
    Type: B
  Other:
    Type: C
    Properties:
      List:
      - Key: X
        Value: 1
      Kept: 1
      Lost: 1
";

    fn told(new: &str) -> (Vec<String>, bool) {
        let difference = difference(OLD, new);
        let words = Words::default();
        (difference.changes.iter().map(|change| change.tell(&words)).collect(), difference.is_elsewhere)
    }

    #[test]
    fn resources_come_go_and_change() {
        let new = OLD.replace("  Gone:\n    Type: B\n", "").replace("Value: 1", "Value: 2").replace("Lost", "Found");
        let new = new.replace("  Other:", "  Fresh:\n    Type: D\n  Other:");
        assert_eq!(told(&new).0, ["add: Fresh (D)", "remove: Gone (B)", "change: Other (C) (Found, List, Lost)"]);
        assert!(!told(&new).1);
    }

    #[test]
    fn a_description_is_elsewhere_and_parameters_are_told_by_their_values() {
        assert_eq!(told(OLD), (vec![], false));
        assert_eq!(told(&OLD.replace("Description: A", "Description: B")), (vec![], true));
        assert_eq!(told(&OLD.replace("Type: String", "Type: Number")), (vec![], false));
    }
}
