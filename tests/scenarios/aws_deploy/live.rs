//! `status --live`: what each instance answers, and why another does not.

use serde_json::{Value, json};

use super::*;

/// The only instance of v1.
fn instance(aws: &Aws) -> String {
    aws.ask("instances")["instances"][0]["id"].as_str().unwrap().to_owned()
}

/// How SSM reaches an instance from now on.
fn reach(aws: &Aws, id: &str, how: &str) {
    aws.tell("instances/reach", &json!({ "id": id, "reach": how }));
}

#[test]
fn every_instance_that_is_there_is_asked_and_its_answer_counts() {
    let aws = prepared(&manifest(2));
    aws.jetway(&["deploy", "qa"]).succeeds();
    let told = aws.jetway(&["status", "qa", "--live"]).succeeds().prints("hello in qa: healthy");
    assert_eq!(told.stdout.matches("it serves").count(), 2, "{told}");
    let told = aws.jetway(&["--json", "status", "qa", "--live"]).succeeds().json();
    let live = &told["instances"][0]["live"];
    assert_eq!((&live["health"], &live["exit_code"]), (&json!("healthy"), &json!(0)), "{told}");
    assert_eq!(live["status"]["agent"]["running"], true, "{told}");
    let sent = aws.ask("commands")["commands"].clone();
    assert_eq!(sent[0]["lines"], json!(["jetway-agent status --json"]), "{sent}");
    assert_eq!(sent[0]["instances"].as_array().unwrap().len(), 2, "{sent}");
}

#[test]
fn an_instance_that_is_not_well_says_why_before_its_report_does() {
    let aws = prepared(&manifest(1));
    aws.tell("settings", &json!({"heartbeat": 3600}));
    behave(&aws, "crash", &json!({"after": 0.1, "answer": "HTTP 500"}));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    jetway_tests::eventually("the agent says so", 20, || {
        let told = aws.jetway(&["status", "qa", "--live"]);
        told.stdout.contains("container `web` is unhealthy: HTTP 500").then(|| told.exits(1))
    });
}

#[test]
fn who_does_not_answer_is_told_with_the_reason_and_never_waited_for_without_end() {
    let aws = serving();
    aws.tell("settings", &json!({"time_scale": 0.05}));
    let id = instance(&aws);
    let cases = [
        ("unregistered", "not-registered", "no answer: its SSM agent is not registered"),
        ("lost", "lost", "no answer: its SSM agent was last heard at 2"),
        ("deaf", "undelivered", "no answer: its SSM agent did not fetch the command"),
        ("hangs", "timed-out", "no answer: the command did not end within 20s"),
    ];
    for (how, reason, sentence) in cases {
        reach(&aws, &id, how);
        let told = aws.jetway(&["status", "qa", "--live"]).exits(3).prints(sentence);
        assert!(told.took.as_secs() < 15, "{told}");
        let told = aws.jetway(&["--json", "status", "qa", "--live"]).exits(3).json();
        assert_eq!(told["instances"][0]["live"]["no_answer"]["reason"], reason, "{told}");
    }
    reach(&aws, &id, "online");
    aws.jetway(&["status", "qa", "--live"]).succeeds();
}

#[test]
fn one_that_ssm_does_not_take_keeps_no_other_from_answering() {
    let aws = prepared(&manifest(2));
    aws.jetway(&["deploy", "qa"]).succeeds();
    let refusal = json!({"code": "InvalidInstanceId", "message": "not in a valid state", "count": 1});
    aws.fault("SendCommand", refusal.clone());
    let told = aws.jetway(&["status", "qa", "--live"]).succeeds();
    assert_eq!(told.stdout.matches("it serves").count(), 2, "{told}");
    let mut twice = refusal;
    twice["count"] = json!(2);
    aws.fault("SendCommand", twice);
    let told = aws.jetway(&["status", "qa", "--live"]).exits(3).prints("no answer: not in a valid state");
    assert_eq!(told.stdout.matches("it serves").count(), 1, "{told}");
}

#[test]
fn looks_that_fail_decide_nothing_and_a_command_is_never_sent_twice() {
    let aws = serving();
    for operation in ["ListCommandInvocations", "GetCommandInvocation"] {
        aws.fault(operation, json!({"code": "ThrottlingException", "message": "Rate exceeded", "count": 4}));
    }
    aws.jetway(&["status", "qa", "--live"]).succeeds();
    aws.fault("SendCommand", json!({"lose_answer": true}));
    let before = aws.ask("commands")["commands"].as_array().unwrap().len();
    aws.jetway(&["status", "qa", "--live"]).exits(1).says("could not send a command to the instances");
    assert_eq!(aws.ask("commands")["commands"].as_array().unwrap().len(), before + 1);
}

#[test]
fn an_operator_asks_the_own_instances_and_ci_asks_none() {
    let aws = serving();
    let operator = aws.user("operator");
    aws.jetway_as(&operator, &["status", "qa", "--instances"]).succeeds();
    aws.jetway_as(&operator, &["status", "qa", "--live"]).succeeds().prints("it serves");
    let refused = |call: &Value| call["error"].as_str().is_some_and(|error| error.contains("AccessDenied"));
    let calls = aws.ask("calls?service=ssm")["calls"].as_array().unwrap().clone();
    assert!(!calls.iter().any(refused), "{calls:?}");
    let id = instance(&aws);
    aws.tell("enforce-iam", &json!({ "on": false }));
    aws.read(&format!(
        "client('ec2').create_tags(Resources=['{id}'], Tags=[{{'Key': 'jetway:application', 'Value': 'other'}}])\n\
         print(1)"
    ));
    aws.tell("enforce-iam", &json!({}));
    aws.jetway_as(&operator, &["status", "qa", "--live"]).exits(1).says("AWS denies it").says("ssm:SendCommand");
}

#[test]
fn ci_sees_what_instances_report_and_commands_none() {
    let aws = serving();
    let ci = aws.user("deploy");
    aws.jetway_as(&ci, &["status", "qa", "--instances"]).succeeds().prints("ready  healthy");
    aws.jetway_as(&ci, &["status", "qa", "--live"]).exits(1).says("AWS denies it");
    assert_eq!(aws.ask("commands")["commands"], json!([]));
}
