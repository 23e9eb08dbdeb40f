//! The rules between keys.

use insta::assert_snapshot;

use super::{told, told_of_each};

const CONTAINER: &str = "application = \"hello\"\n[containers.web]\n";
const WEB: &str = "application = \"hello\"\n[http]\nport = 80\n[containers.web.env]\n";
const HEALTH: &str = "application = \"hello\"\n[containers.web]\n[http]\nport = 80\n[http.health]\n";
const PERMISSIONS: &str = "application = \"hello\"\n[containers.web]\n[permissions]\n";

#[test]
fn what_is_required_is_told_when_missing() {
    assert_snapshot!(told("region = \"us-west-2\"\n"), @"");
    assert_snapshot!(told("application = \"hello\"\n[containers]\n"), @"");
    assert_snapshot!(told("application = \"hello\"\n[containers.web]\n[http]\n"), @"");
}

#[test]
fn http_needs_a_container_that_exists() {
    assert_snapshot!(told_of_each(CONTAINER, &["[http]\nport = 80\ncontainer = \"wep\"", "[http]\nport = 80\ncontainer = \"api\""]), @"");
    assert_snapshot!(told_of_each(CONTAINER, &["[containers.cache]\n[http]\nport = 80"]), @"");
}

#[test]
fn a_health_check_is_answered_before_the_next() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["timeout = \"5s\"", "timeout = \"10s\"\ninterval = \"10s\"", "timeout = \"9s\"\ninterval = \"10s\""]
    ), @"");
}

#[test]
fn names_of_variables_keep_their_rules() {
    assert_snapshot!(told_of_each(
        WEB,
        &[
            "\"\" = \"\"",
            "\"A=B\" = \"\"",
            "\"A B\" = \"\"",
            "\"=x\" = \"\"",
            "\"A\\n\" = \"\"",
            "AWS_REGION = \"us-west-2\"",
            "Jetway_Release = \"v1\"",
            "PORT = \"80\"",
            "LOG = \"a\"\nlog = \"b\"",
            "L\u{41e}G = \"a\"",
        ]
    ), @"");
    assert_snapshot!(told(format!("{WEB}{} = \"\"\n", "A".repeat(257))), @"");
    assert_snapshot!(told_of_each(CONTAINER, &["env = { PORT = \"80\" }"]), @"");
}

#[test]
fn values_of_variables_keep_their_limits_and_are_never_shown() {
    assert_snapshot!(told_of_each(
        WEB,
        &["KEY = \"s3cret\\u0000\"", "LINES = \"\"\"a\nb\"\"\"", "BIDI = \"\u{202e}\u{200b}\u{435}\""]
    ), @"");
    assert_snapshot!(told(format!("{WEB}BIG = \"{}\"\n", "a".repeat(131_067))), @"");
    assert_snapshot!(told(format!("{WEB}BIG = \"{}\"\n", "a".repeat(131_068))), @"");
}

#[test]
fn an_argument_fits_into_the_kernels_limit() {
    assert_snapshot!(told(format!("{CONTAINER}command = [\"{}\"]\n", "a".repeat(131_072))), @"");
}

#[test]
fn statements_are_checked_like_everything_else() {
    assert_snapshot!(told_of_each(
        PERMISSIONS,
        &[
            "statements = [{ effect = \"Allow\" }]",
            "statements = [{ Effect = \"allow\", Action = [], Resource = \"bucket\" }]",
            "statements = [{ Effect = \"Allow\", NotAction = \"s3:*\", Resource = \"arn:aws:s3:::b\" }]",
            "statements = [{ Effect = \"Allow\", Action = \"GetObject\", Resource = [1] }]",
            "statements = [{ Effect = \"Deny\", Action = \"s3:*\", Resource = \"*\", Condition = { a = { b = [2026-01-01, nan] } } }]",
            "statements = { Effect = \"Allow\" }",
        ]
    ), @"");
    assert_snapshot!(told(format!(
        "{PERMISSIONS}statements = [\n{0},\n{0},\n]\n",
        "{ Sid = \"Read\", Effect = \"Allow\", Action = \"s3:Get*\", Resource = \"arn:aws:s3:::b/*\" }"
    )), @"");
}

#[test]
fn nothing_is_allowed_on_everything_by_accident() {
    let wide = "statements = [\n\
         { Effect = \"Allow\", Action = \"*\", Resource = \"arn:aws:s3:::b\" },\n\
         { Effect = \"Allow\", Action = [\"s3:Get*\", \"IAM:*\"], Resource = [\"arn:aws:s3:::b\", \"*\"] },\n\
         { Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:*:*:*:*:*\" },\n\
         { Effect = \"Deny\", Action = \"*\", Resource = \"*\" },\n]\n";
    assert_snapshot!(told(format!("{PERMISSIONS}{wide}")), @"");
    assert_snapshot!(told(format!("{PERMISSIONS}{wide}allow_wildcards = true\n")), @"");
}
