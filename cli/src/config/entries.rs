//! Names and values as people hand them in: every problem of them at once, and no value in any message.

use std::collections::BTreeMap;

use jetway_common::name::ParameterName;
use jetway_common::sealed_config::LONGEST_VALUE;
use jetway_common::secret::{SecretText, Values};

use crate::error::UserError;

/// A name and a value that nobody has checked yet.
pub struct Entry {
    /// Where it was found, for example `line 3`.
    pub place: String,
    /// What should be a name.
    pub name: String,
    /// Its value.
    pub value: SecretText,
}

/// What a file holds, and what is wrong with it; each problem begins with its place.
#[derive(Default)]
pub struct Found {
    /// What could be read.
    pub entries: Vec<Entry>,
    /// What could not, by line.
    pub problems: Vec<(usize, String)>,
}

impl Found {
    /// The values, or every problem in the order of the lines.
    pub fn into_values(self) -> Result<Values, Vec<String>> {
        let mut problems: Vec<String> = Vec::new();
        problems.extend(self.problems.into_iter().map(|(line, problem)| format!("line {line}: {problem}")));
        match (checked(self.entries), problems.is_empty()) {
            (Ok(values), true) => Ok(values),
            (Ok(_), false) => Err(problems),
            (Err(more), _) => {
                problems.extend(more);
                problems.sort_by_key(|problem| line_of(problem));
                Err(problems)
            }
        }
    }
}

fn line_of(problem: &str) -> usize {
    let number = problem.trim_start_matches("line ").split(':').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(usize::MAX)
}

/// The entries as values, or every problem of them.
pub fn checked(entries: Vec<Entry>) -> Result<Values, Vec<String>> {
    let mut values = Values::new();
    let mut problems = Vec::new();
    let mut seen: BTreeMap<String, (ParameterName, String)> = BTreeMap::new();
    for Entry { place, name, value } in entries {
        let name: ParameterName = match name.parse() {
            Ok(name) => name,
            Err(error) => {
                let message = if may_be_shown(&name) { error.to_string() } else { error.without_value() };
                problems.push(format!("{place}: {message}"));
                continue;
            }
        };
        problems.extend(value_problem(&name, &value).map(|problem| format!("{place}: {problem}")));
        match seen.insert(name.as_str().to_ascii_uppercase(), (name.clone(), place.clone())) {
            Some((other, first)) if other == name => {
                problems.push(format!("{place}: `{name}` is given twice, first at {first}"));
            }
            Some((other, first)) => {
                problems.push(format!("{place}: {}, found at {first}", differ_in_case(&name, &other)));
            }
            None => {}
        }
        values.insert(name, value);
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// What stands where a name should be may be a part of a value that was not quoted.
fn may_be_shown(name: &str) -> bool {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.' || b == b' ');
    is_plain && name.len() <= 40
}

fn value_problem(name: &ParameterName, value: &SecretText) -> Option<String> {
    let length = name.as_str().len() + 1 + value.reveal().len();
    if value.reveal().contains('\0') {
        return Some(format!("`{name}`: contains a NUL character, which no environment variable can"));
    }
    (length > LONGEST_VALUE)
        .then(|| format!("`{name}`: {length} bytes, the kernel allows {LONGEST_VALUE} for NAME=value"))
}

fn differ_in_case(name: &ParameterName, other: &ParameterName) -> String {
    format!("`{name}` and `{other}` differ in case only")
}

/// `old` with `new` over it; names that differ in case only are refused, as in the manifest.
pub fn merged(old: &Values, new: &Values) -> anyhow::Result<Values> {
    let clashes = |name: &ParameterName| {
        let is_same = |other: &&ParameterName| *other != name && other.as_str().eq_ignore_ascii_case(name.as_str());
        old.keys().find(is_same).map(|other| differ_in_case(name, other))
    };
    let problems: Vec<String> = new.keys().filter_map(clashes).collect();
    if !problems.is_empty() {
        return Err(refusal(&problems).into());
    }
    let mut values = old.clone();
    values.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(values)
}

/// All problems in one message.
pub fn refusal(problems: &[String]) -> UserError {
    UserError::usage(format!("{}\n       nothing was stored", problems.join("\n       ")))
}
