//! Values from files and standard input, and back.

use insta::assert_snapshot;

use crate::support::World;
use crate::support::settings;
use crate::two_versions;

#[test]
fn an_import_says_what_it_changed() {
    let world = two_versions();
    world.write("env", "\u{feff}# the new ones\r\nexport GREETING=bye\r\nNEW=1\r\n");
    assert_told!(world, "config import local env", @"
    exit 0
    -- stdout
    c3 of hello in local: +NEW ~GREETING
    -- stderr
    `jetway deploy local` releases it
    ");
    assert_told!(world, "config import local env", @"
    exit 0
    -- stdout
    nothing changed: hello in local still has c3
    ");
    assert_told!(world, "config import local env --replace", @"
    exit 0
    -- stdout
    c4 of hello in local: -KEY -LEVEL
    -- stderr
    `jetway deploy local` releases it
    ");
    settings(&world).bind(|| {
        assert_snapshot!(world.jetway_with("config import local -", "{\"FROM\": \"json\"}").all(), @"
        exit 0
        -- stdout
        c5 of hello in local: +FROM
        -- stderr
        `jetway deploy local` releases it
        ");
    });
}

#[test]
fn what_is_exported_can_be_imported() {
    let values = serde_json::json!({
        "EMPTY": "", "SPACES": "  a  ", "LINES": "a\nb\r\nc\n", "QUOTES": "\"a\" 'b' `c`", "DOLLAR": "${HOME} $X",
        "BACKSLASH": "\\n \\ \\\\", "COMMENT": "a #b", "UNICODE": "ключ 🔑 \u{200b}", "ESCAPE": "\u{1b}[31m\u{7}\t",
        "PEM": "-----BEGIN KEY-----\nMIIB+/==\n-----END KEY-----\n", "JSON": "{\"a\": [1, \"b\"]}",
    });
    let world = World::new();
    world.jetway_with("config import local -", values.to_string()).ok();
    let exported = world.jetway("config export local --format json --reveal").ok().json();
    assert_eq!(exported, values);
    let dotenv = world.jetway("config export local --reveal").ok().stdout;
    let other = World::new();
    other.jetway_with("config import local -", &dotenv).ok();
    assert_eq!(other.jetway("config export local --format json --reveal").ok().json(), values);
    assert_eq!(world.jetway("config get local LINES --reveal").ok().stdout, "a\nb\r\nc\n\n");
}

#[test]
fn one_line_end_of_standard_input_is_removed() {
    let world = World::new();
    for (input, value) in [("a\n", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), ("a", "a"), ("", ""), ("a\nb\n", "a\nb")] {
        world.jetway_with("config set local KEY -", input).ok();
        let json = world.jetway("--json config get local KEY --reveal").json();
        assert_eq!(json["value"], value, "{input:?}");
    }
}
