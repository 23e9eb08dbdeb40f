//! An AWS that is slow, refuses, or says what nobody has heard of.

use serde_json::json;

use super::*;

#[test]
fn polls_that_fail_decide_nothing() {
    let aws = serving();
    for operation in ["DescribeStackEvents", "DescribeAutoScalingGroups", "DescribeTargetHealth"] {
        aws.fault(operation, json!({"code": "Throttling", "message": "Rate exceeded", "count": 4}));
    }
    aws.jetway(&["deploy", "qa"]).succeeds().prints("v2 of hello is live");
}

#[test]
fn a_status_that_nobody_knows_is_no_success() {
    let aws = serving();
    behave(&aws, "hang", &json!({}));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    aws.tell("stack-status", &json!({"stack": "jetway-release-qa-hello--v2", "status": "LEVITATION_COMPLETE"}));
    let told = aws.jetway(&["wait", "qa", "--timeout", "3s"]);
    assert_ne!(told.code, Some(0), "{told}");
    aws.jetway(&["status", "qa"]).exits(3).prints("live      v1");
}

#[test]
fn credentials_that_end_in_the_middle_leave_the_release_to_wait() {
    let aws = serving();
    behave(&aws, "healthy", &json!({"seconds": 0.3}));
    let expired = json!({"service": "cloudformation", "code": "ExpiredToken", "status": 403, "count": -1});
    aws.fault("DescribeStackEvents", expired);
    let told = aws.jetway(&["deploy", "qa"]).exits(3).says("have expired");
    told.says("`jetway wait qa` goes on with it");
    aws.forget("faults");
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
}

#[test]
fn what_is_missing_is_named_with_the_command_that_makes_it() {
    let aws = Aws::start();
    aws.file("installation.toml", INSTALLATION);
    aws.file("jetway.toml", manifest(1));
    aws.jetway(&["deploy", "qa"]).exits(1).says("there is no stack jetway-base").says("`jetway install`");
    aws.jetway(&["--yes", "install"]).succeeds();
    aws.jetway(&["deploy", "qa"]).exits(2).says("jetway-app-qa-hello").says("`jetway app create qa` makes it");
    aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    aws.jetway(&["deploy", "qa"]).exits(2).says("no package of jetway-agent for x86_64").says("--agent-package");
    assert_eq!(aws.ask("calls?service=s3&operation=PutObject&resource=*lock.json")["calls"], json!([]));
}

#[test]
fn what_cannot_run_is_refused_before_anything_is_locked() {
    let aws = prepared(&manifest(1));
    let other = |from: &str, to: &str| aws.file("jetway.toml", manifest(1).replace(from, to));
    other("t3.small", "t9.imaginary");
    aws.jetway(&["deploy", "qa"]).exits(2).says("EC2 has no instance type `t9.imaginary`");
    other("port = 8000", "port = 9000");
    aws.jetway(&["deploy", "qa"]).exits(2).says("port 8000").says("`jetway app update qa` takes it on");
    other("", "");
    let before = aws.ask("calls?service=s3&operation=PutObject&resource=*lock.json")["calls"].clone();
    assert_eq!(before, json!([]));
    assert!(changes(&aws).is_empty());
}
