//! The rules between keys.

use insta::assert_snapshot;

use super::{told, told_of_each};

const CONTAINER: &str = "application = \"hello\"\n[containers.web]\n";
const WEB: &str = "application = \"hello\"\n[http]\nport = 80\n[containers.web.env]\n";
const HEALTH: &str = "application = \"hello\"\n[containers.web]\n[http]\nport = 80\n[http.health]\n";
const PERMISSIONS: &str = "application = \"hello\"\n[containers.web]\n[permissions]\n";

#[test]
fn what_is_required_is_told_when_missing() {
    assert_snapshot!(told("region = \"us-west-2\"\n"), @"
    1:1: `application` is missing: the application's name in every environment
    1:1: `containers` is missing: the containers that run on every instance, at least one, by name
    ");
    assert_snapshot!(told("application = \"hello\"\n[containers]\n"), @"2:1: `containers` is empty, expected at least 1 entry");
    assert_snapshot!(told("application = \"hello\"\n[containers.web]\n[http]\n"), @"3:1: `http.port` is missing: the port that the container listens on, which it also finds in PORT");
}

#[test]
fn http_needs_a_container_that_exists() {
    assert_snapshot!(told_of_each(CONTAINER, &["[http]\nport = 80\ncontainer = \"wep\"", "[http]\nport = 80\ncontainer = \"api\""]), @r#"
    [http]
    port = 80
    container = "wep"
      5:13: `http.container`: there is no container `wep`; did you mean `web`?
    [http]
    port = 80
    container = "api"
      5:13: `http.container`: there is no container `api`
    "#);
    assert_snapshot!(told_of_each(CONTAINER, &["[containers.cache]\n[http]\nport = 80"]), @"
    [containers.cache]
    [http]
    port = 80
      4:1: `http.container` is missing: there are 2 containers to choose from
    ");
}

#[test]
fn a_health_check_is_answered_before_the_next() {
    assert_snapshot!(told_of_each(
        HEALTH,
        &["timeout = \"5s\"", "timeout = \"10s\"\ninterval = \"10s\"", "timeout = \"9s\"\ninterval = \"10s\""]
    ), @r#"
    timeout = "5s"
      6:11: `http.health`: the timeout `5s` is not shorter than the interval `5s`
    timeout = "10s"
    interval = "10s"
      6:11: `http.health`: the timeout `10s` is not shorter than the interval `10s`
    timeout = "9s"
    interval = "10s"
      nothing is wrong
    "#);
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
            "\"L\u{41e}G\" = \"a\"",
        ]
    ), @r#"
    "" = ""
      5:1: environment variable "": is empty; use A-Z, a-z, 0-9 and "_", not a digit first
    "A=B" = ""
      5:1: environment variable "A=B": '=' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    "A B" = ""
      5:1: environment variable "A B": ' ' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    "=x" = ""
      5:1: environment variable "=x": '=' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    "A\n" = ""
      5:1: environment variable "A\n": '\n' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first
    AWS_REGION = "us-west-2"
      5:1: environment variable "AWS_REGION": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    Jetway_Release = "v1"
      5:1: environment variable "Jetway_Release": AWS_* and JETWAY_* are set by the platform; use A-Z, a-z, 0-9 and "_", not a digit first
    PORT = "80"
      5:1: `containers.web.env.PORT` is refused: the platform sets it to `http.port`
    LOG = "a"
    log = "b"
      6:1: `containers.web.env`: `LOG` and `log` differ in case only
    "L\u{41e}G" = "a"
      5:1: environment variable "LОG": 'О' is not allowed; use A-Z, a-z, 0-9 and "_", not a digit first; character 2 is U+041E, not an ASCII letter
    "#);
    assert_snapshot!(told(format!("{WEB}{} = \"\"\n", "A".repeat(257))), @"5:1: `containers.web.env`: the name `AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...` has 257 bytes, more than any name may");
    assert_snapshot!(told_of_each(CONTAINER, &["env = { PORT = \"80\" }"]), @r#"
    env = { PORT = "80" }
      nothing is wrong
    "#);
}

#[test]
fn values_of_variables_keep_their_limits_and_are_never_shown() {
    assert_snapshot!(told_of_each(
        WEB,
        &["KEY = \"s3cret\\u0000\"", "LINES = \"\"\"a\nb\"\"\"", "BIDI = \"\u{202e}\u{200b}\u{435}\""]
    ), @r#"
    KEY = "s3cret\u0000"
      5:7: `containers.web.env.KEY` contains a NUL character, which no program can be given
    LINES = """a
    b"""
      nothing is wrong
    BIDI = "\u{202e}\u{200b}\u{435}"
      nothing is wrong
    "#);
    assert_snapshot!(told(format!("{WEB}BIG = \"{}\"\n", "a".repeat(131_067))), @"nothing is wrong");
    assert_snapshot!(told(format!("{WEB}BIG = \"{}\"\n", "a".repeat(131_068))), @"5:7: `containers.web.env.BIG`: 131072 bytes, the kernel allows 131071 for NAME=value");
}

#[test]
fn an_argument_fits_into_the_kernels_limit() {
    assert_snapshot!(told(format!("{CONTAINER}command = [\"{}\"]\n", "a".repeat(131_072))), @"3:12: `containers.web.command[0]` has 131072 bytes, the kernel allows 131071 for an argument");
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
    ), @r#"
    statements = [{ effect = "Allow" }]
      4:15: `permissions.statements[0].Action` is missing: the actions it is about
      4:15: `permissions.statements[0].Effect` is missing: whether the statement allows or denies
      4:15: `permissions.statements[0].Resource` is missing: the resources it is about
      4:17: unknown key `permissions.statements[0].effect`; did you mean `Effect`?
    statements = [{ Effect = "allow", Action = [], Resource = "bucket" }]
      4:26: `permissions.statements[0].Effect`: `allow` is not one of "Allow", "Deny"; did you mean "Allow"?
      4:44: `permissions.statements[0].Action` is an empty list, expected at least one string
      4:59: `permissions.statements[0].Resource`: `bucket` is not an ARN such as `arn:aws:s3:::bucket/*`
    statements = [{ Effect = "Allow", NotAction = "s3:*", Resource = "arn:aws:s3:::b" }]
      4:15: `permissions.statements[0].Action` is missing: the actions it is about
      4:35: `permissions.statements[0].NotAction` is refused: Jetway permissions never say what is left out: what they allow would grow by itself
    statements = [{ Effect = "Allow", Action = "GetObject", Resource = [1] }]
      4:44: `permissions.statements[0].Action`: `GetObject` is not an action such as `s3:GetObject`
      4:69: `permissions.statements[0].Resource[0]`: found a whole number, expected a string such as "arn:aws:s3:::bucket/*"; put it in quotes
    statements = [{ Effect = "Deny", Action = "s3:*", Resource = "*", Condition = { a = { b = [2026-01-01, nan] } } }]
      4:92: `permissions.statements[0].Condition`: found a date or time, which JSON does not have; put it in quotes
      4:104: `permissions.statements[0].Condition`: found a number with a fraction, which JSON does not have; put it in quotes
    statements = { Effect = "Allow" }
      4:14: `permissions.statements`: found a table, expected a list of tables; put it in brackets
    "#);
    assert_snapshot!(told(format!(
        "{PERMISSIONS}statements = [\n{0},\n{0},\n]\n",
        "{ Sid = \"Read\", Effect = \"Allow\", Action = \"s3:Get*\", Resource = \"arn:aws:s3:::b/*\" }"
    )), @"6:9: `permissions.statements[1].Sid`: `Read` is given twice");
}

#[test]
fn nothing_is_allowed_on_everything_by_accident() {
    let wide = "statements = [\n\
         { Effect = \"Allow\", Action = \"*\", Resource = \"arn:aws:s3:::b\" },\n\
         { Effect = \"Allow\", Action = [\"s3:Get*\", \"IAM:*\"], Resource = [\"arn:aws:s3:::b\", \"*\"] },\n\
         { Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:*:*:*:*:*\" },\n\
         { Effect = \"Deny\", Action = \"*\", Resource = \"*\" },\n]\n";
    assert_snapshot!(told(format!("{PERMISSIONS}{wide}")), @"
    5:30: `permissions.statements[0].Action`: `*` allows too much; name what is needed, or set `allow_wildcards = true` in `[permissions]`
    6:42: `permissions.statements[1].Action`: `IAM:*` allows too much; name what is needed, or set `allow_wildcards = true` in `[permissions]`
    6:82: `permissions.statements[1].Resource`: `*` allows too much; name what is needed, or set `allow_wildcards = true` in `[permissions]`
    7:59: `permissions.statements[2].Resource`: `arn:*:*:*:*:*` allows too much; name what is needed, or set `allow_wildcards = true` in `[permissions]`
    ");
    assert_snapshot!(told(format!("{PERMISSIONS}{wide}allow_wildcards = true\n")), @"nothing is wrong");
}

const CERTIFICATE: &str = "certificate = \"arn:aws:acm:us-west-2:123456789012:certificate/1\"";

#[test]
fn a_certificate_is_where_the_load_balancer_is() {
    let lines = format!("[http]\nport = 80\nprotocol = \"https\"\n{CERTIFICATE}");
    assert_snapshot!(told(format!("application = \"hello\"\nregion = \"eu-central-1\"\naccount = \"210987654321\"\n[containers.web]\n{lines}\n")), @"
    8:15: `http.certificate`: is in us-west-2, but `region` is `eu-central-1`
    8:15: `http.certificate`: is of account 123456789012, but `account` is `210987654321`
    ");
    assert_snapshot!(told(format!("{CONTAINER}{lines}\n[environments.qa]\nregion = \"eu-central-1\"\n")), @"8:10: `http.certificate`: is in us-west-2, but `region` is `eu-central-1` (environment `qa`)");
    assert_snapshot!(told(format!("{CONTAINER}{lines}\n[environments.qa]\nregion = \"us-west-2\"\n")), @"nothing is wrong");
}

#[test]
fn https_needs_a_certificate_except_on_this_machine() {
    let http = "[http]\nport = 80\n";
    for protocol in ["https", "http+https"] {
        let without = format!("{CONTAINER}{http}protocol = \"{protocol}\"\n[environments.local]\n");
        assert_eq!(told(&without), "nothing is wrong");
        let message = "`http.certificate` is missing";
        assert!(told(format!("{without}[environments.qa]\n")).contains(message), "{protocol}");
        let own = format!("{without}[environments.qa]\nhttp = {{ {CERTIFICATE} }}\n");
        assert_eq!(told(own), "nothing is wrong");
    }
    assert_snapshot!(told(format!("{CONTAINER}{http}[environments.qa.http]\nprotocol = \"https\"\n")), @"6:12: `http.certificate` is missing: `https` needs an ACM certificate (environment `qa`)");
    assert_snapshot!(told(format!("{CONTAINER}{http}{CERTIFICATE}\n")), @r#"5:15: `http.certificate` is not used: without `http.protocol` the load balancer speaks plain HTTP; add `protocol = "http+https"` or `protocol = "https"`"#);
    assert_eq!(told(format!("{CONTAINER}{http}protocol = \"http\"\n{CERTIFICATE}\n")), "nothing is wrong");
}
