//! Files that are no TOML at all.

use insta::assert_snapshot;

use super::told;
use crate::manifest::Manifest;

#[test]
fn an_empty_file_is_named_as_such() {
    assert_snapshot!(told(""), @"");
    assert_snapshot!(told(" \r\n\n"), @"");
    assert_snapshot!(told("# nothing yet\n"), @"");
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let text = "application = \"a\"\n[containers.a]\n#";
    let padded = |length: usize| format!("{text}{}", "-".repeat(length - text.len()));
    assert_snapshot!(told(padded(Manifest::LARGEST)), @"");
    assert_snapshot!(told(padded(Manifest::LARGEST + 1)), @"");
}

#[test]
fn other_encodings_are_named() {
    assert_snapshot!(told("\u{feff}application = \"hello\"\n"), @"");
    assert_snapshot!(told(b"\xff\xfea\0p\0p\0"), @"");
    assert_snapshot!(told(b"\xfe\xff\0a\0p\0p"), @"");
    assert_snapshot!(told(b"a\0p\0p\0"), @"");
    assert_snapshot!(told(b"# caf\xe9\n"), @"");
    assert_snapshot!(told(b"application = \"hello\"\n# caf\xe9\n"), @"");
    assert_snapshot!(told("application = \"hello\"\nregion = \"\0\"\n"), @"");
}

#[test]
fn other_languages_are_named() {
    assert_snapshot!(told("# our app\napplication: hello\ncontainers:\n  web:\n    read_only: no\n"), @"");
    assert_snapshot!(told("---\napplication: hello\n"), @"");
    assert_snapshot!(told("{ \"application\": \"hello\" }\n"), @"");
}

#[test]
fn every_syntax_error_is_told() {
    assert_snapshot!(told(
        "application = hello\nregion = \"us-west-2\naccount 123\n[image\nreference = 'a'\n[http]\nport = 80 00\n"
    ), @"");
    assert_snapshot!(told("application = \"h\u{e9}\" x\n"), @"");
}

#[test]
fn a_key_given_twice_does_not_hide_other_problems() {
    assert_snapshot!(told(
        "application = \"hello\"\napplication = \"hello\"\n[containers.web]\nusr = \"a\"\n[http]\nport = 1\n[http]\nport = 2\n"
    ), @"");
}

#[test]
fn a_file_that_is_wrong_everywhere_is_told_about_briefly() {
    let text = "= 1\n".repeat(200_000);
    let told = told(text);
    assert_eq!(told.lines().count(), 101);
    assert_snapshot!(told.lines().last().unwrap(), @"");
}

#[test]
fn columns_count_characters() {
    assert_snapshot!(told("application = \"hello\"\ncontainers = { web = { env = { A = \"ééé\", B = 1 } } }\n"), @"");
}
