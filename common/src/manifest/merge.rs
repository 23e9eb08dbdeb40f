//! An environment's view of the manifest: the base with that environment's keys laid over it.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A tree, and which of its places came from an environment.
pub(super) struct Merged<'a> {
    pub(super) tree: DeTable<'a>,
    overridden: BTreeSet<usize>,
}

impl<'a> Merged<'a> {
    /// The base alone.
    pub(super) fn base(tree: &DeTable<'a>) -> Self {
        let mut tree = tree.clone();
        tree.remove("environments");
        Self { tree, overridden: BTreeSet::new() }
    }

    /// This tree with an environment's keys: tables are merged, everything else is replaced.
    pub(super) fn with(&self, environment: &DeTable<'a>) -> Self {
        let mut merged = Self { tree: self.tree.clone(), overridden: self.overridden.clone() };
        lay_over(&mut merged.tree, environment, &mut merged.overridden);
        merged
    }

    /// Of two places that contradict each other, the one to blame: the first, unless only the other is an override.
    pub(super) fn blame(&self, first: &Range<usize>, other: &Range<usize>) -> usize {
        let is_overridden = |place: &Range<usize>| self.overridden.contains(&place.start);
        if is_overridden(other) && !is_overridden(first) { other.start } else { first.start }
    }
}

fn lay_over<'a>(base: &mut DeTable<'a>, over: &DeTable<'a>, overridden: &mut BTreeSet<usize>) {
    for (key, node) in over {
        if let (Some(DeValue::Table(below)), DeValue::Table(above)) =
            (base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), node.get_ref())
        {
            lay_over(below, above, overridden);
        } else {
            // A map keeps the place of the key it has, so the old one goes first.
            base.remove(key.get_ref().as_ref());
            base.insert(key.clone(), node.clone());
            overridden.insert(key.span().start);
            mark(node, overridden);
        }
    }
}

fn mark(node: &Spanned<DeValue<'_>>, overridden: &mut BTreeSet<usize>) {
    overridden.insert(node.span().start);
    if let DeValue::Table(tree) = node.get_ref() {
        for (key, node) in tree {
            overridden.insert(key.span().start);
            mark(node, overridden);
        }
    }
}
