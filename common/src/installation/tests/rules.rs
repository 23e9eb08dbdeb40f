//! The rules between keys, and whatever else a file may be.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{told, told_of_each};
use crate::installation::Installation;

#[test]
fn networks_of_environments_never_overlap() {
    let text = "[environments.qa]\ncidr = \"10.1.16.0/20\"\n[environments.production]\ncidr = \"10.1.0.0/16\"\n\
                [environments.test]\ncidr = \"10.1.32.0/20\"\n";
    assert_snapshot!(told(text), @"
    2:8: `environments.qa.cidr`: `10.1.16.0/20` overlaps `10.1.0.0/16` of `production`
    6:8: `environments.test.cidr`: `10.1.32.0/20` overlaps `10.1.0.0/16` of `production`
    ");
}

#[test]
fn what_cannot_be_read_is_told_in_the_words_of_this_file() {
    assert_snapshot!(told_of_each("", &["", "installation: jetway", "{\"installation\": \"jetway\"}", "installation = jetway"]), @r#"
      1:1: the file is empty; remove it, and the defaults hold
    installation: jetway
      1:1: this is YAML, but an installation file is TOML; write `installation = "jetway"` and sections such as `[environments.qa]`
    {"installation": "jetway"}
      1:1: this is JSON, but an installation file is TOML; write `installation = "jetway"` and sections such as `[environments.qa]`
    installation = jetway
      1:16: not TOML: string values must be quoted, expected literal string; write `"jetway"`
    "#);
}

#[test]
fn every_problem_is_told_at_once() {
    assert_snapshot!(told("a = 1\nregion = 2\n[environments.qa]\nnat = \"x\"\n[environments.local]\n"), @r#"
    1:1: unknown key `a`; the keys here are `installation`, `account`, `region`, `tags`, `environments`
    2:10: `region`: found a whole number, expected a string such as "us-west-2"; put it in quotes
    4:7: `environments.qa.nat`: `x` is not one of "none", "one", "per-az"
    5:15: `environments.local` is refused: it is built in, and is this machine
    "#);
}

#[test]
fn the_most_tags_and_the_longest_are_allowed() {
    let tags = |count: usize| (0..count).map(|number| format!("t{number} = \"\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(told(format!("[tags]\n{}", tags(46))), "nothing is wrong");
    assert_snapshot!(told(format!("[tags]\n{}", tags(47))), @"1:1: `tags` has 47 entries, the limit is 46");
    assert_eq!(told(format!("[tags]\n{} = \"{}\"\n", "k".repeat(128), "v".repeat(256))), "nothing is wrong");
    assert_snapshot!(told(format!("[tags]\nk = \"{}\"\n", "v".repeat(257))), @"2:5: `tags.k`: `vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...` has 257 characters, the limit is 256");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        let _ = Installation::parse(&bytes);
    }

    #[test]
    fn any_value_anywhere_is_answered(
        key in prop::sample::select(&["installation", "tags.a", "environments.qa.cidr", "environments.qa.zones", "environments.qa"][..]),
        text: String,
    ) {
        let value = serde_json::to_string(&text).unwrap();
        let _ = Installation::parse(format!("{key} = {value}\n").as_bytes());
    }
}

#[test]
fn an_account_has_one_identity_provider_of_github() {
    let two = |first: &str, second: &str| {
        told(format!("[environments.qa]\ngithub = true\n{first}\n[environments.production]\ngithub = true\n{second}\n"))
    };
    assert_snapshot!(two("region = \"us-west-2\"", "region = \"eu-central-1\""), @"2:10: `environments.qa.github`: an account has this once, and `production` in another region has it");
    assert_eq!(two("region = \"us-west-2\"", "region = \"us-west-2\""), "nothing is wrong");
    let apart = two(
        "region = \"us-west-2\"\naccount = \"123456789012\"",
        "region = \"eu-central-1\"\naccount = \"210987654321\"",
    );
    assert_eq!(apart, "nothing is wrong");
}
