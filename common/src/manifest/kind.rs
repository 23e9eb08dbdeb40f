//! What a key of the manifest may be: the words in which the table of keys is written.

use serde_json::Value;

use super::form::Form;
use crate::seconds::Seconds;

/// A table whose keys are fixed.
pub(crate) struct Table {
    pub(crate) keys: &'static [Key],
    /// Keys people bring from other tools, each with the reason why Jetway refuses it.
    pub(crate) refused: &'static [Refusal],
}

/// A key that is refused with a reason instead of a guess.
pub(crate) struct Refusal {
    pub(crate) name: &'static str,
    pub(crate) why: &'static str,
}

/// One key of a table.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// One sentence for people.
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    /// What other tools call it.
    pub(crate) aliases: &'static [&'static str],
}

/// Whether a key must be there, and what holds when it is not.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    Required,
    Optional,
    Default(Fixed),
}

/// A default value.
#[derive(Clone, Copy)]
pub(crate) enum Fixed {
    Text(&'static str),
    Number(u32),
    Flag(bool),
    /// A table whose own keys all have defaults.
    Table,
}

/// What a key's value may be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text(&'static Form),
    /// One of some words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    Duration {
        least: Seconds,
        most: Seconds,
    },
    Number {
        least: u32,
        most: u32,
    },
    Flag,
    List(&'static Kind),
    /// A text, or a list of one or more.
    OneOrMore(&'static Form),
    Table(&'static Table),
    /// A table whose keys are names.
    Map {
        names: &'static Form,
        of: &'static Kind,
        least: usize,
        most: usize,
    },
    /// A table of anything that JSON can hold.
    Json,
    /// Any key of the root but those that cannot differ between environments.
    Overrides,
}

impl Key {
    pub(crate) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, about, kind, need: Need::Required, aliases: &[] }
    }

    pub(crate) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, about, kind, need: Need::Optional, aliases: &[] }
    }

    pub(crate) const fn or(self, value: Fixed) -> Self {
        Self { need: Need::Default(value), ..self }
    }

    pub(crate) const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(crate) fn is_required(&self) -> bool {
        matches!(self.need, Need::Required)
    }

    /// The value that holds when the key is absent.
    pub(crate) fn default(&self) -> Option<Value> {
        match self.need {
            Need::Default(value) => Some(value.json()),
            Need::Required | Need::Optional => None,
        }
    }
}

impl Fixed {
    fn json(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Flag(flag) => flag.into(),
            Self::Table => Value::Object(serde_json::Map::new()),
        }
    }
}

impl Table {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Kind {
    /// The words after "expected".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text(form) => form.what.to_owned(),
            Self::Choice(choices) => format!("one of {}", words(choices)),
            Self::Duration { least, most } => format!("a length of time from \"{least}\" to \"{most}\""),
            Self::Number { least, most } => format!("a whole number from {least} to {most}"),
            Self::Flag => "true or false".to_owned(),
            Self::List(Self::Text(_)) => "a list of strings".to_owned(),
            Self::List(_) => "a list of tables".to_owned(),
            Self::OneOrMore(_) => "a string or a list of strings".to_owned(),
            Self::Table(_) | Self::Map { .. } | Self::Json | Self::Overrides => "a table".to_owned(),
        }
    }
}

/// The allowed words of a choice, for a sentence.
pub(crate) fn words(choices: &[(&str, &str)]) -> String {
    let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    words.join(", ")
}
