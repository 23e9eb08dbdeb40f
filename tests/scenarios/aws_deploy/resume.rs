//! Commands that end in the middle, and those that go on from there.

use std::process::Child;

use jetway_tests::eventually;
use jetway_tests::outcome::Outcome;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::*;

/// How far the launch in progress is, as the store has it.
fn stage(aws: &Aws) -> Option<String> {
    let current = aws.read(
        "outputs = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         bucket = next(each['OutputValue'] for each in outputs if each['OutputKey'] == 'StorageBucket')\n\
         found = client('s3').get_object(Bucket=bucket, Key='jetway/qa/hello/current.json')\n\
         print(found['Body'].read().decode())",
    );
    let pending = current["pending"].as_object()?;
    Some(pending.get("stage").map_or("launched", |stage| stage.as_str().unwrap()).to_owned())
}

#[track_caller]
fn end_with(child: Child, signal: Signal) -> Outcome {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    Outcome::new("the command that was told to end".to_owned(), &output, std::time::Duration::ZERO)
}

/// A killed command cannot give its lock back; whoever does not want to wait for the lease takes it away.
fn free(aws: &Aws) {
    let _ = aws.jetway(&["--yes", "lock", "release", "qa"]);
}

#[test]
fn a_deploy_that_is_killed_while_instances_come_up_is_finished_by_wait() {
    let aws = serving();
    behave(&aws, "healthy", &json!({"seconds": 0.5}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is launched", 20, || (aws.calls("CreateStack") > 5).then_some(()));
    end_with(deploy, Signal::KILL);
    free(&aws);
    aws.jetway(&["deploy", "qa"]).exits(1).says("v2 was launched by").says("`jetway wait qa` settles it");
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
    assert_eq!(stacks(&aws), json!({"v1": "false 1 UPDATE_COMPLETE", "v2": "true 1 CREATE_COMPLETE"}));
}

#[test]
fn a_deploy_that_is_killed_while_instances_come_up_is_cancelled_by_abort() {
    let aws = serving();
    behave(&aws, "hang", &json!({"phase": "pull"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is launched", 20, || (!stacks(&aws)["v2"].is_null()).then_some(()));
    end_with(deploy, Signal::KILL);
    free(&aws);
    aws.jetway(&["abort", "qa"]).succeeds().prints("v2 is cancelled");
    assert_eq!(stacks(&aws), json!({"v1": "true 1 CREATE_COMPLETE"}));
    aws.jetway(&["wait", "qa"]).succeeds().prints("nothing is in progress");
}

#[test]
fn a_deploy_that_is_killed_before_the_stack_was_asked_for_is_finished_by_wait() {
    let aws = serving();
    // The command dies while it asks for the stacks below, with its mark in the store.
    aws.fault("DescribeStacks", json!({"resource": "*--v2*", "delay": 30, "code": "Throttling"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("the launch is marked", 20, || stage(&aws));
    end_with(deploy, Signal::KILL);
    free(&aws);
    assert!(stacks(&aws)["v2"].is_null());
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
}

#[test]
fn a_deploy_that_is_killed_while_the_old_release_leaves_is_finished_by_wait() {
    let aws = serving();
    aws.tell("freeze", &json!({"stack": "jetway-release-qa-hello--v1"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 takes over", 30, || stage(&aws).filter(|stage| stage == "accepted"));
    eventually("v1 is asked to leave", 20, || changes(&aws).contains(&"UpdateStack v1".to_owned()).then_some(()));
    end_with(deploy, Signal::KILL);
    free(&aws);
    aws.jetway(&["abort", "qa"]).exits(1).says("v2 became live before it could be cancelled");
    aws.tell("unfreeze", &json!({}));
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
    assert_eq!(stacks(&aws)["v1"], "false 1 UPDATE_COMPLETE");
    assert_eq!(stage(&aws), None);
}

#[test]
fn a_deploy_that_is_killed_while_it_takes_back_is_finished_by_wait_and_never_launched_again() {
    let aws = serving();
    behave(&aws, "fail", &json!({}));
    aws.fault("DeleteStack", json!({"resource": "*--v2*", "delay": 30, "code": "Throttling"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is taken back", 30, || stage(&aws).filter(|stage| stage == "withdrawn"));
    end_with(deploy, Signal::KILL);
    free(&aws);
    aws.jetway(&["wait", "qa"]).exits(1).says("v2 failed on i-");
    assert_eq!(stacks(&aws), json!({"v1": "true 1 CREATE_COMPLETE"}));
    aws.jetway(&["wait", "qa"]).succeeds().prints("nothing is in progress");
}

#[test]
fn a_deploy_that_is_told_to_end_says_what_goes_on_and_abort_cancels_it() {
    let aws = serving();
    behave(&aws, "hang", &json!({"phase": "pull"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is launched", 20, || (!stacks(&aws)["v2"].is_null()).then_some(()));
    end_with(deploy, Signal::INT).exits(3).says("interrupted: v2 goes on without this command");
    aws.jetway(&["wait", "qa", "--timeout", "1s"]).exits(3).says("i-").says("`jetway wait qa` goes on");
    aws.jetway(&["abort", "qa"]).succeeds().prints("v2 is cancelled");
    assert_eq!(stacks(&aws), json!({"v1": "true 1 CREATE_COMPLETE"}));
    aws.jetway(&["releases", "qa"]).succeeds().prints("v2       aborted");
}

#[test]
fn ctrl_c_while_cloudformation_is_asked_for_the_stack_says_what_goes_on() {
    let aws = serving();
    aws.fault("CreateStack", json!({"delay": 2}));
    let asked = aws.calls("CreateStack");
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is asked for", 20, || (aws.calls("CreateStack") > asked).then_some(()));
    let told = end_with(deploy, Signal::INT).exits(3).says("interrupted: v2 goes on without this command");
    told.says("`jetway wait qa` follows it, `jetway abort qa` cancels it");
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
}

#[test]
fn ctrl_c_twice_ends_at_once_and_says_what_goes_on() {
    let aws = serving();
    aws.fault("CreateStack", json!({"delay": 30, "code": "Throttling"}));
    let asked = aws.calls("CreateStack");
    let deploy = aws.spawn(&["deploy", "qa"]);
    eventually("v2 is asked for", 20, || (aws.calls("CreateStack") > asked).then_some(()));
    kill_process(Pid::from_child(&deploy), Signal::INT).unwrap();
    // Two signals of a kind that come before the first is seen are one.
    let told = end_with(deploy, Signal::TERM).exits(3).says("interrupted twice: what was under way may be half done");
    told.says("`jetway wait qa` goes on with a launch, `jetway abort qa` cancels it");
    aws.jetway(&["abort", "qa"]).succeeds().prints("v2 is cancelled");
    aws.jetway(&["status", "qa"]).succeeds().prints("live      v1");
}

#[test]
fn a_promotion_that_is_killed_is_finished_by_wait() {
    let aws = serving();
    aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    behave(&aws, "healthy", &json!({"seconds": 0.5}));
    let created = aws.calls("CreateStack");
    let promote = aws.spawn(&["promote", "qa", "production"]);
    eventually("it is launched", 30, || (aws.calls("CreateStack") > created).then_some(()));
    end_with(promote, Signal::KILL);
    let _ = aws.jetway(&["--yes", "lock", "release", "production"]);
    aws.jetway(&["wait", "production"]).succeeds().prints("v1 of hello is live in production");
    aws.jetway(&["status", "qa"]).succeeds().prints("live      v1");
}

#[test]
fn a_destroy_that_is_killed_is_finished_by_another() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--image", "current"]).succeeds();
    aws.tell("freeze", &json!({"stack": "jetway-release-qa-hello--v1"}));
    let destroy = aws.spawn(&["--yes", "destroy", "qa"]);
    eventually("it has begun", 30, || changes(&aws).contains(&"DeleteStack v2".to_owned()).then_some(()));
    end_with(destroy, Signal::KILL);
    free(&aws);
    aws.tell("unfreeze", &json!({}));
    aws.jetway(&["--yes", "destroy", "qa"]).succeeds().prints("hello no longer runs in qa");
    assert_eq!(stacks(&aws), json!({}));
    aws.jetway(&["status", "qa"]).exits(3).prints("nothing is deployed");
}

#[test]
fn of_two_deploys_at_once_one_wins_and_the_other_names_it() {
    let aws = serving();
    behave(&aws, "healthy", &json!({"seconds": 0.5}));
    let first = aws.spawn(&["deploy", "qa"]);
    eventually("the first holds the lock", 20, || stage(&aws));
    aws.jetway(&["deploy", "qa"]).exits(1).says("holds the deploy lock");
    assert!(first.wait_with_output().unwrap().status.success());
    assert!(stacks(&aws)["v3"].is_null());
}

#[test]
fn a_detached_deploy_leaves_at_once_and_wait_tells_what_came_of_it() {
    let aws = serving();
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds().prints("v2 is launched; `jetway wait qa`");
    aws.jetway(&["wait", "qa"]).succeeds().prints("v2 of hello is live");
    behave(&aws, "fail", &json!({"reason": "no luck"}));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    aws.jetway(&["wait", "qa"]).exits(1).says("no luck");
}

#[test]
fn a_stack_whose_answer_was_lost_is_taken_for_what_it_is() {
    let aws = serving();
    aws.fault("CreateStack", json!({"lose_answer": true, "count": 1}));
    aws.jetway(&["deploy", "qa"]).succeeds().prints("v2 of hello is live");
    assert_eq!(stacks(&aws)["v2"], "true 1 CREATE_COMPLETE");
}
