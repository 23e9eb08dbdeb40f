//! What a person sees for every kind of wrong installation file, and what a right one says.

mod keys;
mod rules;
mod settings;

use super::Installation;

/// Everything that is told about an installation file, one problem per line.
fn told(text: impl AsRef<[u8]>) -> String {
    match Installation::parse(text.as_ref()) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

/// What is told when these lines, one at a time, follow others.
fn told_of_each(before: &str, lines: &[&str]) -> String {
    let row = |line: &&str| format!("{line}\n  {}", told(format!("{before}{line}\n")).replace('\n', "\n  "));
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}
