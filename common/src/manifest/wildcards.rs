//! The rules for IAM statements: nothing is allowed on everything unless the manifest says so on purpose.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Findings;
use super::rules::node_at;
use super::words::{Path, shown};

/// Reports statements that allow too much, and those that share a name.
pub(super) fn check(tree: &DeTable<'_>, findings: &mut Findings) {
    let is_allowed = node_at(tree, &["permissions", "allow_wildcards"]).and_then(|node| node.get_ref().as_bool());
    let statements = node_at(tree, &["permissions", "statements"]).and_then(|node| node.get_ref().as_array());
    let mut names = BTreeSet::new();
    for (index, node) in statements.into_iter().flatten().enumerate() {
        let Some(statement) = node.get_ref().as_table() else { continue };
        let path = Path::of(&["permissions", "statements"]).index(index);
        // A statement that denies takes away, so its wildcards are harmless.
        let allows = statement.get("Effect").and_then(|node| node.get_ref().as_str()) == Some("Allow");
        if allows && is_allowed != Some(true) {
            wide(statement, &path, findings);
        }
        if let Some(node) = statement.get("Sid")
            && let Some(name) = node.get_ref().as_str()
            && !names.insert(name)
        {
            findings.add(node.span().start, format!("{}: `{}` is given twice", path.key("Sid"), shown(name)));
        }
    }
}

fn wide(statement: &DeTable<'_>, path: &Path, findings: &mut Findings) {
    for (key, is_wide) in [("Action", is_wide_action as fn(&str) -> bool), ("Resource", is_wide_resource)] {
        for node in statement.get(key).into_iter().flat_map(each) {
            if let Some(text) = node.get_ref().as_str().filter(|text| is_wide(text)) {
                let hint = Some("name what is needed, or set `allow_wildcards = true` in `[permissions]`".to_owned());
                let message = format!("{}: `{}` allows too much", path.key(key), shown(text));
                findings.add_with(node.span().start, message, hint);
            }
        }
    }
}

fn each<'t, 'a>(node: &'t Spanned<DeValue<'a>>) -> Vec<&'t Spanned<DeValue<'a>>> {
    match node.get_ref() {
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![node],
    }
}

/// `*`, its other spellings, and the right to give oneself every other right.
fn is_wide_action(action: &str) -> bool {
    is_everything(action)
        || action.split_once(':').is_some_and(|(service, name)| is_iam(service) && is_everything(name))
}

fn is_iam(service: &str) -> bool {
    service.eq_ignore_ascii_case("iam")
}

/// `*`, and an ARN that names nothing behind its partition.
fn is_wide_resource(resource: &str) -> bool {
    let partition = resource.strip_prefix("arn:").and_then(|arn| arn.split_once(':'));
    is_everything(partition.map_or(resource, |(_, rest)| rest))
}

/// Whether a pattern names nothing: made of wildcards and separators alone.
fn is_everything(pattern: &str) -> bool {
    pattern.contains('*') && pattern.chars().all(|c| matches!(c, '*' | '?' | ':'))
}
