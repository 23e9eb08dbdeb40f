//! What a person sees for every kind of wrong manifest, and what a right one says.

mod any_input;
mod bytes;
mod ec2_keys;
mod keys;
mod overrides;
mod rules;
mod schema;
mod settings;

use super::Manifest;

/// Everything that is told about a manifest, one problem per line.
fn told(text: impl AsRef<[u8]>) -> String {
    match Manifest::parse(text.as_ref()) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

/// What is told when these lines, one at a time, follow a manifest with nothing wrong.
fn told_of_each(before: &str, lines: &[&str]) -> String {
    let row = |line: &&str| {
        let told = told(format!("{before}{line}\n")).replace('\n', "\n  ");
        format!("{}\n  {told}", visible(line))
    };
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// A text as it can stand in a snapshot, which the compiler reads too.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}
