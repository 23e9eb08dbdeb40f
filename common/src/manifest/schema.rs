//! The JSON schema of the manifest, for editors: draft 2020-12, written from the table of keys.

use serde_json::{Map, Value, json};

use super::form::Form;
use super::keys::{OVERRIDES_REFUSED, ROOT};
use super::kind::{Key, Kind, Refusal, Table};
use crate::seconds::Seconds;

/// The JSON schema of `jetway.toml`.
pub fn json_schema() -> Value {
    document(&ROOT, "jetway.toml", "What Jetway deploys, and how it runs.")
}

/// The JSON schema of the file that has these keys.
pub(crate) fn document(root: &Table, title: &str, about: &str) -> Value {
    let mut schema = table(root, &[], Part::Whole);
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), about.into());
    Value::Object(schema)
}

/// Whether a table stands by itself, or lies over one that has the required keys and the defaults.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    Override,
}

fn table(table: &Table, refused: &[Refusal], part: Part) -> Map<String, Value> {
    let keys = || table.keys.iter().filter(|key| !refused.iter().any(|refusal| refusal.name == key.name));
    let properties: Map<String, Value> = keys().map(|key| (key.name.to_owned(), property(key, part))).collect();
    let required: Vec<&str> = keys().filter(|key| key.is_required()).map(|key| key.name).collect();
    let mut schema = typed("object");
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), false.into());
    if part == Part::Whole && !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema
}

fn property(key: &Key, part: Part) -> Value {
    let mut schema = kind(&key.kind, part);
    schema.insert("description".to_owned(), format!("{}{}", key.about, limits(&key.kind)).into());
    // An empty table says nothing: its keys have their own defaults.
    let default = key.default().filter(|value| part == Part::Whole && !value.is_object());
    schema.extend(default.map(|value| ("default".to_owned(), value)));
    Value::Object(schema)
}

/// What a pattern cannot say.
fn limits(kind: &Kind) -> String {
    match kind {
        Kind::Duration { least, most } => format!(" From {least} to {most}."),
        Kind::Choice(choices) => {
            let meanings: Vec<String> = choices.iter().map(|(word, meaning)| format!("{word}: {meaning}")).collect();
            format!(" {}.", meanings.join("; "))
        }
        _ => String::new(),
    }
}

fn kind(kind: &Kind, part: Part) -> Map<String, Value> {
    match kind {
        Kind::Text(form) => text(form),
        Kind::Choice(choices) => {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            with(typed("string"), "enum", words)
        }
        Kind::Duration { most, .. } => with(typed("string"), "pattern", duration_pattern(*most)),
        Kind::Number { least, most } => with(with(typed("integer"), "minimum", *least), "maximum", *most),
        Kind::Flag => typed("boolean"),
        // A list replaces the one below it, so what is in it stands by itself.
        Kind::List(of) => with(typed("array"), "items", self::kind(of, Part::Whole)),
        Kind::OneOrMore(form) => one_or_more(form),
        Kind::Table(keys) => table(keys, &[], part),
        Kind::Map { names, of, least, most } => map(names, self::kind(of, part), *least, *most, part),
        Kind::Json => typed("object"),
        Kind::Overrides => table(&ROOT, OVERRIDES_REFUSED, Part::Override),
    }
}

fn map(names: &Form, of: Map<String, Value>, least: usize, most: usize, part: Part) -> Map<String, Value> {
    let schema = with(typed("object"), "propertyNames", json!({ "pattern": names.pattern }));
    let mut schema = with(schema, "additionalProperties", of);
    if least > 0 && part == Part::Whole {
        schema.insert("minProperties".to_owned(), least.into());
    }
    if most < usize::MAX {
        schema.insert("maxProperties".to_owned(), most.into());
    }
    schema
}

fn one_or_more(form: &Form) -> Map<String, Value> {
    let list = with(with(typed("array"), "items", text(form)), "minItems", 1);
    Map::from_iter([("oneOf".to_owned(), json!([text(form), list]))])
}

fn text(form: &Form) -> Map<String, Value> {
    with(typed("string"), "pattern", form.pattern)
}

/// Only the units that the limit leaves room for.
fn duration_pattern(most: Seconds) -> &'static str {
    if most.0 < 3600 { "^[0-9]+[sm]$" } else { "^[0-9]+[smh]$" }
}

fn typed(name: &str) -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), name.into())])
}

fn with(mut schema: Map<String, Value>, key: &str, value: impl Into<Value>) -> Map<String, Value> {
    schema.insert(key.to_owned(), value.into());
    schema
}
