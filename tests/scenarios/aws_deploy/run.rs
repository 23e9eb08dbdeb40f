//! `run` on AWS: one-off containers, which instances make themselves.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use jetway_tests::aws_user::User;
use jetway_tests::eventually;
use jetway_tests::outcome::Outcome;
use rustix::process::{Pid, Signal, kill_process};

use super::exec::{instance, plugin};
use super::*;

#[test]
fn a_one_off_container_is_made_where_the_config_is_and_its_command_goes_there_as_it_was_typed() {
    let aws = prepared(&manifest(2));
    aws.jetway(&["config", "set", "qa", "GREETING=canary-7f"]).succeeds();
    aws.jetway(&["deploy", "qa"]).succeeds();
    let told = aws.jetway(&["-v", "run", "qa", "--", "echo", "it's", "a  {{ssm:x}}", "$HOME"]).succeeds();
    assert_eq!(told.stdout, "it's a  {{ssm:x}} $HOME\n");
    let told = told.says("one of 2").says("web of v1 with config c1");
    assert!(told.took.as_secs() < 20, "{told}");
    let told = aws.jetway(&["--json", "run", "qa", "--", "fail", "4"]).exits(4).json();
    let expected = json!({"exit_code": 4, "stdout": "", "stderr": "it does not work\n", "truncated": false});
    assert_eq!(told, expected);
    let options = ["--instance", &instance(&aws), "--release", "v1", "--container", "web", "--entrypoint", ""];
    let words = [&["run", "qa", "--timeout", "90s"], options.as_slice(), &["--", "echo", "on it"]].concat();
    assert_eq!(aws.jetway(&words).succeeds().stdout, "on it\n");
    let sent = aws.ask("commands")["commands"].clone();
    assert_eq!(sent[2]["lines"], json!(["jetway-agent one-off --timeout=90s --entrypoint= web -- echo 'on it'"]));
    assert_eq!(sent[2]["comment"], "jetway run");
    assert!(!sent.to_string().contains("canary-7f"), "{sent}");
}

#[test]
fn on_a_terminal_a_one_off_container_is_connected_with_it_by_a_session() {
    let aws = serving();
    plugin(&aws, "1.2.707.0");
    let path = format!("{}:{}", aws.path().display(), std::env::var("PATH").unwrap());
    let told = aws.on_a_terminal(&[("PATH", &path)], &["run", "qa", "--", "sh", "-c", "echo it's"], "");
    assert_eq!(told.exits(7).stdout.matches("StartSession").count(), 1);
    let opened = aws.ask("shells")["shells"][0].clone();
    let line = r"sudo jetway-agent one-off --tty web -- sh -c 'echo it'\''s'";
    assert_eq!(opened["parameters"], json!({ "command": [line] }));
    assert_eq!(aws.ask("commands")["commands"], json!([]));
}

#[test]
fn what_cannot_be_run_is_told_before_anything_is_sent() {
    let aws = prepared(&manifest(1));
    aws.jetway(&["run", "qa", "--", "echo"]).exits(1).says("no instance of hello serves in qa");
    aws.jetway(&["deploy", "qa"]).succeeds();
    let run = |words: &[&str]| aws.jetway(&[&["run", "qa"], words, &["--", "echo"]].concat());
    run(&["--container", "wbe"]).exits(2).says("did you mean `web`?").says("hint: there are: web");
    run(&["--instance", "i-0123"]).exits(2).says("has in qa no instance `i-0123`");
    run(&["--instance", &instance(&aws), "--release", "v2"]).exits(2).says("runs v1, and not v2");
    run(&["--release", "v2"]).exits(1).says("no instance of hello v2 serves in qa");
    run(&["--config", "c1"]).exits(2).says("has the config of its release alone");
    aws.jetway(&["run", "qa"]).exits(2).says("<CMD>");
    run(&["--timeout", "soon"]).exits(2).says("is not a length of time");
    for limit in ["0s", "49h"] {
        run(&["--timeout", limit]).exits(2).says("a program on an instance gets from 1s to 48h");
    }
    assert_eq!(aws.ask("commands")["commands"], json!([]));
}

#[test]
fn a_first_ctrl_c_cancels_the_command_and_a_second_leaves_it_alone() {
    let aws = serving();
    let operator = aws.user("operator");
    let run = hanging(&aws, &operator, 1);
    interrupt(&run);
    let told = ended(run).exits(130).says("cancelling; again, and the command is left alone");
    told.says("cancelled by signal 2: the agent on i-");
    aws.fault("CancelCommand", json!({ "delay": 300, "count": -1 }));
    let mut run = hanging(&aws, &operator, 2);
    interrupt(&run);
    let mut told = BufReader::new(run.stderr.take().unwrap());
    until(&mut told, "cancelling");
    interrupt(&run);
    let mut line = String::new();
    told.read_to_string(&mut line).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{line}");
    assert!(line.contains("left alone by signal 2: the command goes on on i-"), "{line}");
}

#[test]
fn a_command_that_cannot_be_cancelled_is_waited_for_all_the_same() {
    let aws = serving();
    aws.fault("CancelCommand", json!({ "code": "AccessDeniedException", "count": -1 }));
    let mut run = hanging(&aws, &aws.user("operator"), 1);
    interrupt(&run);
    let mut told = BufReader::new(run.stderr.take().unwrap());
    let line = until(&mut told, "the command goes on, and its end is waited for");
    assert!(line.starts_with("warning: could not cancel the command: AWS denies it"), "{line}");
    aws.tell("enforce-iam", &json!({ "on": false }));
    aws.forget_faults();
    aws.read(
        "sent = client('ssm').list_command_invocations()['CommandInvocations']\n\
         print(json.dumps(client('ssm').cancel_command(CommandId=sent[0]['CommandId'])['ResponseMetadata']))",
    );
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("cancelled by signal 2: the agent on i-"), "{rest}");
}

/// A command that does not end by itself, once it is the `count`th that was sent.
fn hanging(aws: &Aws, operator: &User, count: usize) -> Child {
    aws.tell("instances/reach", &json!({"id": "*", "reach": "hangs"}));
    let mut command = aws.command_as(operator, &["run", "qa", "--", "echo"]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let is_sent = || (aws.ask("commands")["commands"].as_array()?.len() == count).then_some(());
    eventually("the command is sent", 60, is_sent);
    run
}

fn interrupt(run: &Child) {
    kill_process(Pid::from_child(run), Signal::INT).unwrap();
}

/// The line in which it says this.
fn until(told: &mut impl BufRead, words: &str) -> String {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it ended without a word of `{words}`");
    }
    line
}

fn ended(run: Child) -> Outcome {
    Outcome::new("jetway run".to_owned(), &run.wait_with_output().unwrap(), Duration::ZERO)
}

#[test]
fn who_gets_no_answer_from_a_one_off_container_hears_why() {
    let aws = serving();
    aws.tell("settings", &json!({"time_scale": 0.05}));
    let cases = [
        ("lost", 1, "its SSM agent was last heard at"),
        ("deaf", 1, "its SSM agent did not fetch the command"),
        ("hangs", 3, "the command did not end within 83s; it may still run"),
    ];
    for (how, code, sentence) in cases {
        aws.tell("instances/reach", &json!({"id": "*", "reach": how}));
        aws.jetway(&["run", "qa", "--timeout", "20s", "--", "echo"]).exits(code).says(sentence);
    }
}
