//! The generic check of a TOML tree against the table of keys: unknown keys, wrong types, limits and forms.

use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeString, DeTable, DeValue};

use super::form::{Check, Form};
use super::keys::{OVERRIDES_REFUSED, ROOT};
use super::kind::{Key, Kind, Refusal, Table, words};
use super::problem::Findings;
use super::words::{Path, found, guess, listed, look_alike, nearest, shown};
use crate::seconds::Seconds;

/// Checks every key and value of a table; not whether required keys are there.
pub(crate) fn table(table: &Table, refused: &[Refusal], tree: &DeTable<'_>, path: &Path, findings: &mut Findings) {
    for (name, node) in tree {
        let refusal = refused.iter().chain(table.refused).find(|refusal| refusal.name == name.get_ref());
        if let Some(refusal) = refusal {
            findings.add(name.span().start, format!("{} is refused: {}", path.key(name.get_ref()), refusal.why));
        } else if let Some(key) = table.key(name.get_ref()) {
            value(&key.kind, node, &path.key(key.name), findings);
        } else {
            unknown(name, table, path, findings);
        }
    }
}

fn unknown(name: &Spanned<DeString<'_>>, table: &Table, path: &Path, findings: &mut Findings) {
    let message = format!("unknown key {}", path.key(name.get_ref()));
    let hint = look_alike(name.get_ref()).unwrap_or_else(|| guess(name.get_ref(), table, path));
    findings.add_with(name.span().start, message, Some(hint));
}

fn value(kind: &Kind, node: &Spanned<DeValue<'_>>, path: &Path, findings: &mut Findings) {
    let at = node.span().start;
    match (kind, node.get_ref()) {
        (Kind::Text(form) | Kind::OneOrMore(form), DeValue::String(text)) => self::text(form, text, at, path, findings),
        (Kind::OneOrMore(form), DeValue::Array(list)) => one_or_more(form, list, at, path, findings),
        (Kind::List(kind), DeValue::Array(list)) => items(kind, list, path, findings),
        (Kind::Choice(choices), DeValue::String(word)) => choice(choices, word, at, path, findings),
        (Kind::Duration { least, most }, DeValue::String(text)) => {
            duration(text, *least, *most, at, path, findings);
        }
        (Kind::Number { least, most }, DeValue::Integer(number)) => {
            self::number(number, *least, *most, at, path, findings);
        }
        (Kind::Flag, DeValue::Boolean(_)) => {}
        (Kind::Table(keys), DeValue::Table(tree)) => table(keys, &[], tree, path, findings),
        (Kind::Overrides, DeValue::Table(tree)) => table(&ROOT, OVERRIDES_REFUSED, tree, path, findings),
        (Kind::Map { names, of, most, .. }, DeValue::Table(tree)) => {
            map(names, of, tree, path, findings);
            if tree.len() > *most {
                findings.add(at, format!("{path} has {} entries, the limit is {most}", tree.len()));
            }
        }
        (Kind::Json, DeValue::Table(tree)) => tree.values().for_each(|node| json(node, path, findings)),
        (kind, value) => wrong_type(kind, value, at, path, findings),
    }
}

fn wrong_type(kind: &Kind, value: &DeValue<'_>, at: usize, path: &Path, findings: &mut Findings) {
    let is_plain =
        matches!(value, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_));
    let hint = match (kind, value) {
        (Kind::Duration { .. }, DeValue::Integer(number)) => Some(format!("write \"{number}s\" for seconds")),
        (Kind::Text(_) | Kind::OneOrMore(_) | Kind::Choice(_), _) if is_plain => Some("put it in quotes".to_owned()),
        (Kind::Number { .. } | Kind::Flag, DeValue::String(_)) => Some("write it without quotes".to_owned()),
        (Kind::List(Kind::Text(_)), DeValue::String(_)) => Some("put it in brackets, each word by itself".to_owned()),
        (Kind::List(Kind::Table(_)), DeValue::Table(_)) => Some("put it in brackets".to_owned()),
        (Kind::Table(table), _) => Some(format!("the keys here are {}", listed(table))),
        (Kind::Map { of: Kind::Text(_), .. }, _) => Some("write it as `{ NAME = \"value\" }`".to_owned()),
        _ => None,
    };
    findings.add_with(at, format!("{path}: found {}, expected {}", found(value), kind.expected()), hint);
}

/// The errors of names quote them whole, which a longer name would turn into a wall of text.
const LONGEST_NAME: usize = 256;

fn text(form: &Form, text: &str, at: usize, path: &Path, findings: &mut Findings) {
    match form.check {
        Check::Name(_) if text.len() > LONGEST_NAME => {
            findings.add(
                at,
                format!("{path}: the name `{}` has {} bytes, more than any name may", shown(text), text.len()),
            );
        }
        Check::Name(check) => {
            if let Some(error) = check(text) {
                findings.add_with(at, error.to_string(), look_alike(text));
            }
        }
        Check::Value(check) => {
            if let Some(fault) = check(text) {
                findings.add(at, format!("{path}: `{}` {fault}", shown(text)));
            }
        }
        Check::Hidden(check) => {
            if let Some(fault) = check(text) {
                findings.add(at, format!("{path} {fault}"));
            }
        }
    }
}

fn one_or_more(form: &'static Form, list: &DeArray<'_>, at: usize, path: &Path, findings: &mut Findings) {
    if list.is_empty() {
        findings.add(at, format!("{path} is an empty list, expected at least one string"));
    }
    items(&Kind::Text(form), list, path, findings);
}

fn items(kind: &Kind, list: &DeArray<'_>, path: &Path, findings: &mut Findings) {
    for (index, node) in list.iter().enumerate() {
        value(kind, node, &path.index(index), findings);
    }
}

fn choice(choices: &[(&str, &str)], word: &str, at: usize, path: &Path, findings: &mut Findings) {
    if !choices.iter().any(|(choice, _)| *choice == word) {
        let hint =
            nearest(word, choices.iter().map(|(choice, _)| *choice)).map(|near| format!("did you mean \"{near}\"?"));
        findings.add_with(at, format!("{path}: `{}` is not one of {}", shown(word), words(choices)), hint);
    }
}

fn duration(text: &str, least: Seconds, most: Seconds, at: usize, path: &Path, findings: &mut Findings) {
    match text.parse::<Seconds>() {
        Ok(length) if (least..=most).contains(&length) => {}
        Ok(length) => findings.add(at, format!("{path}: `{length}` is not from {least} to {most}")),
        Err(_) => {
            let hint = "write a whole number and its unit, for example \"30s\", \"2m\" or \"1h\"".to_owned();
            findings.add_with(at, format!("{path}: `{}` is not a length of time", shown(text)), Some(hint));
        }
    }
}

fn number(number: &DeInteger<'_>, least: u32, most: u32, at: usize, path: &Path, findings: &mut Findings) {
    let value = i64::from_str_radix(number.as_str(), number.radix());
    if !value.is_ok_and(|value| (i64::from(least)..=i64::from(most)).contains(&value)) {
        findings.add(at, format!("{path}: `{}` is not from {least} to {most}", shown(&number.to_string())));
    }
}

fn map(names: &Form, of: &Kind, tree: &DeTable<'_>, path: &Path, findings: &mut Findings) {
    for (name, node) in tree {
        text(names, name.get_ref(), name.span().start, path, findings);
        value(of, node, &path.key(name.get_ref()), findings);
    }
}

/// What IAM cannot be told in JSON: dates, and numbers that are none.
fn json(node: &Spanned<DeValue<'_>>, path: &Path, findings: &mut Findings) {
    match node.get_ref() {
        DeValue::Array(list) => list.iter().for_each(|node| json(node, path, findings)),
        DeValue::Table(tree) => tree.values().for_each(|node| json(node, path, findings)),
        value if super::build::json(value).is_none() => {
            let message = format!("{path}: found {}, which JSON does not have", found(value));
            findings.add_with(node.span().start, message, Some("put it in quotes".to_owned()));
        }
        _ => {}
    }
}

/// Checks that every required key is there, in a tree that may be wrong in any other way.
pub(crate) fn required(keys: &'static Table, tree: &DeTable<'_>, at: usize, path: &Path, findings: &mut Findings) {
    for key in keys.keys {
        match tree.get(key.name) {
            Some(node) => required_in(&key.kind, node, &path.key(key.name), findings),
            None if key.is_required() => missing(key, at, path, findings),
            None => {}
        }
    }
}

fn missing(key: &Key, at: usize, path: &Path, findings: &mut Findings) {
    let about = key.about.trim_end_matches('.').replacen("The ", "the ", 1).replacen("Whether ", "whether ", 1);
    findings.add(at, format!("{} is missing: {about}", path.key(key.name)));
}

fn required_in(kind: &Kind, node: &Spanned<DeValue<'_>>, path: &Path, findings: &mut Findings) {
    let at = node.span().start;
    match (kind, node.get_ref()) {
        (Kind::Table(keys), DeValue::Table(tree)) => required(keys, tree, at, path, findings),
        (Kind::List(kind), DeValue::Array(list)) => {
            list.iter().enumerate().for_each(|(index, node)| required_in(kind, node, &path.index(index), findings));
        }
        (Kind::Map { of, least, .. }, DeValue::Table(tree)) => {
            if tree.len() < *least {
                findings.add(at, format!("{path} is empty, expected at least {least} entry"));
            }
            tree.iter().for_each(|(name, node)| required_in(of, node, &path.key(name.get_ref()), findings));
        }
        _ => {}
    }
}
