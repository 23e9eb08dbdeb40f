//! Whatever the input, there is an answer: settings, or problems at places that exist.

use proptest::prelude::*;

use crate::manifest::Manifest;

const PIECES: &[&str] = &[
    "application",
    "containers",
    "web",
    "http",
    "port",
    "health",
    "timeout",
    "environments",
    "qa",
    "permissions",
    "statements",
    "env",
    "Effect",
    "Action",
    "instances",
    "count",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "\"",
    "'",
    "\"\"\"",
    "\"5s\"",
    "\"hello\"",
    "8000",
    "-1",
    "0x",
    "1e9",
    "nan",
    "true",
    "2026-01-01",
    "#",
    ":",
    "\\u0000",
    "é",
    "\u{202e}",
    " ",
    "\t",
    "\r\n",
    "\u{feff}",
    "\0",
];

fn is_answered(bytes: &[u8]) {
    let Err(problems) = Manifest::parse(bytes) else { return };
    assert!(problems.iter().count() > 0);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line) && problem.column >= 1), "{problems}");
    assert!(problems.iter().all(|problem| !problem.message.contains(char::is_control)), "{problems}");
}

proptest! {
    #[test]
    fn any_bytes(bytes: Vec<u8>) {
        is_answered(&bytes);
    }

    #[test]
    fn any_text(text: String) {
        is_answered(text.as_bytes());
    }

    #[test]
    fn anything_that_looks_like_a_manifest(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        is_answered(pieces.concat().as_bytes());
    }

    #[test]
    fn any_value_anywhere(
        key in prop::sample::select(&["application", "http.port", "http.health.path", "containers.web", "environments.qa.http"][..]),
        text: String,
    ) {
        let value = serde_json::to_string(&text).unwrap();
        is_answered(format!("{key} = {value}\n").as_bytes());
    }
}

#[test]
fn the_largest_and_deepest_are_answered() {
    let half = Manifest::LARGEST / 2;
    let numbered = |count: u32, row: fn(u32) -> String| (0..count).map(row).collect::<Vec<_>>().concat();
    let variables = numbered(5_000, |number| format!("A{number} = \"\"\n"));
    let environments = numbered(10_000, |number| format!("[environments.e{number}]\n"));
    for text in [
        format!("a = {}", "[".repeat(half)),
        format!("a = {}", "{a=".repeat(half / 4)),
        format!("{} = 1", "a.".repeat(half / 2)),
        "[a]\n".repeat(half / 4),
        "[[a]]\n".repeat(half / 8),
        format!("\"{}\" = 1", "a".repeat(half)),
        format!("application = \"{}\"", "a".repeat(half)),
        format!("application = \"a\"\n[containers.a.env]\n{variables}{environments}"),
    ] {
        is_answered(text.as_bytes());
    }
}
