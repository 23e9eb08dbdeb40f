//! Files that are no TOML at all.

use insta::assert_snapshot;

use super::told;
use crate::manifest::Manifest;

#[test]
fn an_empty_file_is_named_as_such() {
    assert_snapshot!(told(""), @"1:1: the file is empty; `jetway init` writes a first one");
    assert_snapshot!(told(" \r\n\n"), @"1:1: the file is empty; `jetway init` writes a first one");
    assert_snapshot!(told("# nothing yet\n"), @"
    1:1: `application` is missing: the application's name in every environment
    1:1: `containers` is missing: the containers that run on every instance, at least one, by name
    ");
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let text = "application = \"a\"\n[containers.a]\n#";
    let padded = |length: usize| format!("{text}{}", "-".repeat(length - text.len()));
    assert_snapshot!(told(padded(Manifest::LARGEST)), @"nothing is wrong");
    assert_snapshot!(told(padded(Manifest::LARGEST + 1)), @"1:1: the file has 1048577 bytes, more than the 1048576 allowed");
}

#[test]
fn other_encodings_are_named() {
    assert_snapshot!(told("\u{feff}application = \"hello\"\n"), @"1:1: the file is UTF-8 with a byte order mark; save it as UTF-8 without a byte order mark");
    assert_snapshot!(told(b"\xff\xfea\0p\0p\0"), @"1:1: the file is UTF-16; save it as UTF-8 without a byte order mark");
    assert_snapshot!(told(b"\xfe\xff\0a\0p\0p"), @"1:1: the file is UTF-16; save it as UTF-8 without a byte order mark");
    assert_snapshot!(told(b"a\0p\0p\0"), @"1:1: the file is UTF-16; save it as UTF-8 without a byte order mark");
    assert_snapshot!(told(b"# caf\xe9\n"), @"1:6: not UTF-8 at byte 6; save the file as UTF-8");
    assert_snapshot!(told(b"application = \"hello\"\n# caf\xe9\n"), @"2:6: not UTF-8 at byte 28; save the file as UTF-8");
    assert_snapshot!(told("application = \"hello\"\nregion = \"\0\"\n"), @"2:11: NUL character at byte 33");
}

#[test]
fn other_languages_are_named() {
    assert_snapshot!(told("# our app\napplication: hello\ncontainers:\n  web:\n    read_only: no\n"), @r#"2:1: this is YAML, but a manifest is TOML; write `application = "hello"` and sections such as `[http]`"#);
    assert_snapshot!(told("---\napplication: hello\n"), @r#"1:1: this is YAML, but a manifest is TOML; write `application = "hello"` and sections such as `[http]`"#);
    assert_snapshot!(told("{ \"application\": \"hello\" }\n"), @r#"1:1: this is JSON, but a manifest is TOML; write `application = "hello"` and sections such as `[http]`"#);
}

#[test]
fn every_syntax_error_is_told() {
    assert_snapshot!(told(
        "application = hello\nregion = \"us-west-2\naccount 123\n[image\nreference = 'a'\n[http]\nport = 80 00\n"
    ), @r#"
    1:15: not TOML: string values must be quoted, expected literal string; write `"hello"`
    2:20: not TOML: invalid basic string, expected `"`
    3:9: not TOML: key with no value, expected `=`
    4:7: not TOML: unclosed table, expected `]`
    "#);
    assert_snapshot!(told("application = \"h\u{e9}\" x\n"), @"1:20: not TOML: unexpected key or value, expected newline, `#`");
}

#[test]
fn a_key_given_twice_does_not_hide_other_problems() {
    assert_snapshot!(told(
        "application = \"hello\"\napplication = \"hello\"\n[containers.web]\nusr = \"a\"\n[http]\nport = 1\n[http]\nport = 2\n"
    ), @"
    2:1: `application` is given twice; keep one of the two
    4:1: unknown key `containers.web.usr`; did you mean `user`?
    7:2: `http` is given twice; keep one of the two
    8:1: `port` is given twice; keep one of the two
    ");
}

#[test]
fn a_file_that_is_wrong_everywhere_is_told_about_briefly() {
    let text = "= 1\n".repeat(200_000);
    let told = told(text);
    assert_eq!(told.lines().count(), 101);
    assert_snapshot!(told.lines().last().unwrap(), @"200000:1: 399899 more problems, this being the place of the last");
}

#[test]
fn columns_count_characters() {
    assert_snapshot!(told("application = \"hello\"\ncontainers = { web = { env = { A = \"ééé\", B = 1 } } }\n"), @"2:47: `containers.web.env.B`: found a whole number, expected a string; put it in quotes");
}
