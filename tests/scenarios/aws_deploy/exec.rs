//! `exec` and `ssh` on AWS: programs in containers, shells on instances, and who may have them.

use std::os::unix::fs::PermissionsExt as _;

use jetway_tests::outcome::Outcome;
use serde_json::{Value, json};

use super::*;

/// The only instance of v1.
pub(super) fn instance(aws: &Aws) -> String {
    aws.ask("instances")["instances"][0]["id"].as_str().unwrap().to_owned()
}

/// What stands in the place of AWS's plugin: it tells what it was given, and ends with 7.
pub(super) fn plugin(aws: &Aws, version: &str) {
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo {version} && exit 0\n\
         printf '%s\\n' \"$@\" \"$AWS_SSM_START_SESSION_RESPONSE\"\nexit 7\n"
    );
    aws.file("session-manager-plugin", script);
    let path = aws.path().join("session-manager-plugin");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs `jetway` with nothing on the `PATH` but the plugin, if there is one.
fn with_plugin(aws: &Aws, arguments: &[&str]) -> Outcome {
    let mut command = aws.command(arguments);
    let output = command.env("PATH", aws.path()).output().unwrap();
    Outcome::new(arguments.join(" "), &output, std::time::Duration::ZERO)
}

#[test]
fn a_program_runs_in_a_container_with_its_words_output_and_exit_code() {
    let aws = prepared(&manifest(2));
    aws.jetway(&["deploy", "qa"]).succeeds();
    let told = aws.jetway(&["exec", "qa", "--", "echo", "it's", "a  {{ssm:x}}", "$HOME"]).succeeds().says("one of 2");
    assert_eq!(told.stdout, "it's a  {{ssm:x}} $HOME\n");
    let told = aws.jetway(&["exec", "qa", "--", "fail", "3"]).exits(3);
    assert!(told.stderr.ends_with("it does not work\n"), "{told}");
    let told = aws.jetway(&["--json", "exec", "qa", "--", "fail", "4"]).exits(4).json();
    let expected = json!({"exit_code": 4, "stdout": "", "stderr": "it does not work\n", "truncated": false});
    assert_eq!(told, expected);
    aws.jetway(&["exec", "qa", "--", "fill", "30000"]).succeeds().says("its end is missing");
    aws.jetway(&["exec", "qa", "--", "nothing"]).exits(127).says("executable file not found");
    aws.jetway(&["exec", "qa", "--container", "wbe", "--", "echo"]).exits(2).says("did you mean `web`?");
    let named = instance(&aws);
    aws.jetway(&["exec", "qa", "--instance", &named, "--", "echo", "on it"]).succeeds().prints("on it");
    aws.jetway(&["exec", "qa", "--instance", "i-0123", "--", "echo"]).exits(2).says("has in qa no instance `i-0123`");
}

#[test]
fn who_gets_no_answer_from_a_program_hears_why() {
    let aws = serving();
    aws.tell("settings", &json!({"time_scale": 0.05}));
    let cases = [
        ("unregistered", 1, "its SSM agent is not registered"),
        ("deaf", 1, "its SSM agent did not fetch the command"),
        ("hangs", 3, "the command did not end within 20s; it may still run"),
    ];
    for (how, code, sentence) in cases {
        aws.tell("instances/reach", &json!({"id": "*", "reach": how}));
        aws.jetway(&["exec", "qa", "--timeout", "20s", "--", "echo"]).exits(code).says(sentence);
    }
}

#[test]
fn a_shell_is_opened_by_the_plugin_and_its_token_is_no_argument() {
    let aws = serving();
    aws.jetway(&["deploy", "qa"]).succeeds();
    with_plugin(&aws, &["ssh", "qa"])
        .exits(2)
        .says("`session-manager-plugin` is needed")
        .says("says how to install it");
    plugin(&aws, "1.2.497.0");
    with_plugin(&aws, &["ssh", "qa"]).exits(2).says("1.2.497.0 is too old");
    assert_eq!(aws.ask("shells")["shells"], json!([]));
    plugin(&aws, "unknown");
    with_plugin(&aws, &["ssh", "qa"]).exits(2).says("`session-manager-plugin --version` does not tell a version");
    plugin(&aws, "1.2.707.0");
    for (words, code, told) in [
        (&["ssh", "local"][..], 2, "`local` is this machine: there is nothing to log in to"),
        (&["ssh", "QA"], 2, "invalid value 'QA'"),
        (&["ssh", "staging"], 2, "installation.toml has no environment `staging`"),
        (&["ssh", "qa", "--instance", "i-0123"], 2, "hello has in qa no instance `i-0123`"),
        (&["ssh", "production"], 1, "no instance of hello serves in production"),
    ] {
        with_plugin(&aws, words).exits(code).says(told);
    }
    assert_eq!(aws.ask("shells")["shells"], json!([]));
    let told = with_plugin(&aws, &["ssh", "qa"]).exits(7);
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines[..4], ["AWS_SSM_START_SESSION_RESPONSE", REGION, "StartSession", ""]);
    let target = aws.ask("shells")["shells"][0]["target"].clone();
    assert_eq!(serde_json::from_str::<Value>(lines[4]).unwrap(), json!({ "Target": target }));
    assert_eq!(lines[5], aws.endpoint());
    let session: Value = serde_json::from_str(lines[6]).unwrap();
    let token = session["TokenValue"].as_str().unwrap();
    assert!(!lines[..6].iter().any(|line| line.contains(token)), "{told}");
    aws.tell("instances/reach", &json!({"id": "*", "reach": "lost"}));
    with_plugin(&aws, &["ssh", "qa"]).exits(1).says("SSM does not hear its agent");
}

#[test]
fn an_operator_runs_programs_and_opens_shells() {
    let aws = serving();
    plugin(&aws, "1.2.707.0");
    let operator = aws.user("operator");
    for command in ["exec", "run"] {
        aws.jetway_as(&operator, &[command, "qa", "--", "echo", "hello"]).succeeds().prints("hello");
    }
    let path = format!("{}:{}", aws.path().display(), std::env::var("PATH").unwrap());
    let mut command = aws.command_as(&operator, &["ssh", "qa"]);
    let output = command.env("PATH", path).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn ci_runs_no_program_and_opens_no_shell() {
    let aws = serving();
    plugin(&aws, "1.2.707.0");
    let ci = aws.user("deploy");
    for command in ["exec", "run"] {
        aws.jetway_as(&ci, &[command, "qa", "--", "echo", "hello"]).exits(1).says("AWS denies it");
    }
    let output = aws.command_as(&ci, &["ssh", "qa"]).env("PATH", aws.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("ssm:StartSession"));
    assert_eq!(aws.ask("commands")["commands"], json!([]));
    assert_eq!(aws.ask("shells")["shells"], json!([]));
}
