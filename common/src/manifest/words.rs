//! How keys, values and guesses are put into a message.

use std::fmt;

use toml::de::DeValue;

use super::keys::ROOT;
use super::kind::{Key, Kind, Table};

/// A message stays one line, whatever is quoted in it.
const LONGEST_SHOWN: usize = 60;

/// A text as it can be shown in a message: nothing invisible, no look-alike of an ASCII letter, not too long.
pub(crate) fn shown(text: &str) -> String {
    let escaped = |c: char| if c.is_ascii() { c.escape_debug().to_string() } else { c.escape_unicode().to_string() };
    let mut shown: String =
        text.chars().take(LONGEST_SHOWN).flat_map(|c| escaped(c).chars().collect::<Vec<_>>()).collect();
    if text.chars().nth(LONGEST_SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}

/// The keys that lead to a place of a file, and the table of all keys of that file.
#[derive(Clone)]
pub(crate) struct Path {
    root: &'static Table,
    keys: String,
}

impl Path {
    /// The manifest itself.
    pub(crate) fn root() -> Self {
        Self::root_of(&ROOT)
    }

    /// The whole of the file that has these keys.
    pub(crate) fn root_of(root: &'static Table) -> Self {
        Self { root, keys: String::new() }
    }

    pub(crate) fn of(keys: &[&str]) -> Self {
        keys.iter().fold(Self::root(), |path, key| path.key(key))
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        let dot = if self.keys.is_empty() { "" } else { "." };
        let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let quote = if is_bare { "" } else { "\"" };
        let keys = format!("{}{dot}{quote}{}{quote}", self.keys, shown(key));
        Self { keys, ..self.clone() }
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Self { keys: format!("{}[{index}]", self.keys), ..self.clone() }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.keys)
    }
}

/// The words after "found".
pub(crate) fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What a person most likely meant with an unknown key of a table at this path.
pub(crate) fn guess(word: &str, table: &Table, path: &Path) -> String {
    let known = table.keys.iter().find(|key| is_called(key, word));
    if let Some(key) = known {
        return format!("did you mean `{}`?", key.name);
    }
    if let Some((key, section)) = elsewhere(word, path.root, "") {
        return format!("did you mean `{key}` in `[{section}]`?");
    }
    match nearest(word, table.keys.iter().map(|key| key.name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the keys here are {}", listed(table)),
    }
}

/// The names of a table's keys.
pub(crate) fn listed(table: &Table) -> String {
    let names: Vec<String> = table.keys.iter().map(|key| format!("`{}`", key.name)).collect();
    names.join(", ")
}

fn is_called(key: &Key, word: &str) -> bool {
    let word = plain(word);
    plain(key.name) == word || key.aliases.contains(&word.as_str())
}

fn plain(word: &str) -> String {
    word.to_ascii_lowercase().replace('-', "_")
}

/// The section that does have such a key.
fn elsewhere(word: &str, table: &'static Table, section: &str) -> Option<(&'static str, String)> {
    table.keys.iter().find_map(|key| {
        let dot = if section.is_empty() { "" } else { "." };
        let (table, section) = match key.kind {
            Kind::Table(table) => (table, format!("{section}{dot}{}", key.name)),
            Kind::Map { of: Kind::Table(table), .. } => (*table, format!("{section}{dot}{}.NAME", key.name)),
            _ => return None,
        };
        match table.keys.iter().find(|key| key.name == plain(word) || key.aliases.contains(&plain(word).as_str())) {
            Some(key) => Some((key.name, section)),
            None => elsewhere(word, table, &section),
        }
    })
}

/// The candidate that differs by a few letters, if there is one.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let allowed = |name: &str| 1.max(name.len().max(word.len()) / 3);
    candidates
        // A long word is near to nothing, and comparing it would take long.
        .filter(|_| word.len() <= LONGEST_SHOWN)
        .map(|name| (strsim::damerau_levenshtein(&word, &plain(name)), name))
        .filter(|(distance, name)| *distance <= allowed(name))
        .min()
        .map(|(_, name)| name)
}

/// Tells which character of a name only looks right, if there is one.
pub(crate) fn look_alike(name: &str) -> Option<String> {
    let (index, character) = name.chars().enumerate().find(|(_, c)| !c.is_ascii())?;
    Some(format!("character {} is U+{:04X}, not an ASCII letter", index + 1, u32::from(character)))
}
