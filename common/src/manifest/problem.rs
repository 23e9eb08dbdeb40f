//! What is wrong with a manifest and where, told all at once.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that is wrong, at one place of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong and why, without a full stop.
    pub message: String,
    /// What would help, if that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// Everything that is wrong, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A problem whose place is still a byte offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// The problems found so far: ordered by place, each once.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeSet<Finding>);

/// A person mends a few dozen at a time, and counting columns for all of a broken megabyte would take minutes.
const MOST: usize = 100;

impl Findings {
    pub(crate) fn add(&mut self, at: usize, message: impl Into<String>) {
        self.add_with(at, message, None);
    }

    pub(crate) fn add_with(&mut self, at: usize, message: impl Into<String>, hint: Option<String>) {
        self.0.insert(Finding { at, message: message.into(), hint });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what another check found, except what is known already; `place` is told with each.
    pub(crate) fn add_new_of(&mut self, other: Self, known: &Self, place: &str) {
        for mut finding in other.0.into_iter().filter(|finding| !known.0.contains(finding)) {
            finding.message.push_str(place);
            self.0.insert(finding);
        }
    }

    /// Adds everything another check found.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Turns byte offsets into lines and columns; `None` when nothing is wrong.
    pub(crate) fn into_problems(self, text: &str) -> Option<Problems> {
        let (total, last) = (self.0.len(), self.0.last()?.at);
        let mut problems: Vec<Problem> = self.0.into_iter().take(MOST).map(|finding| located(finding, text)).collect();
        if total > MOST {
            let (line, column) = position(text, last);
            let message = format!("{} more problems, this being the place of the last", total - MOST);
            problems.push(Problem { line, column, message, hint: None });
        }
        Some(Problems(problems))
    }
}

fn located(finding: Finding, text: &str) -> Problem {
    let (line, column) = position(text, finding.at);
    Problem { line, column, message: finding.message, hint: finding.hint }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// One problem that concerns the file as a whole, or the place after `text`.
pub(crate) fn only(text: &str, message: impl Into<String>, hint: &str) -> Problems {
    let (line, column) = position(text, text.len());
    let hint = (!hint.is_empty()).then(|| hint.to_owned());
    Problems(vec![Problem { line, column, message: message.into(), hint }])
}
