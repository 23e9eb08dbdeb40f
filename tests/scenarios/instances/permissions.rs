//! Roles that lack a permission, and what is missing where it should be: the deployer hears which, and of what.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::misfortune::AGENTS;
use serde_json::json;

/// Half of it is what an agent has for whatever may pass, such as a denial of IAM.
const SHORT: [&str; 4] = ["deploy", "qa", "--timeout", "50s"];

#[test]
fn f47_a_role_that_may_not_read_is_told_with_the_action_that_it_lacks() {
    let fleet = Fleet::of(1).installed();
    fleet.deny("s3:GetObject");
    let told = fleet.jetway(&SHORT).exits(1);
    is_told_first(&told.stderr, "AWS denies s3:GetObject");
    told.says("releases/v1.json");
}

#[test]
fn f52_a_role_that_may_not_decrypt_is_told_with_the_action_that_it_lacks() {
    let fleet = Fleet::of(1).config("GREETING", "hello").installed();
    fleet.deny("kms:Decrypt");
    is_told_first(&fleet.jetway(&SHORT).exits(1).stderr, "AWS denies kms:Decrypt");
}

#[test]
fn f101_a_role_that_may_not_signal_is_told_although_the_release_serves() {
    let fleet = Fleet::of(1).installed();
    fleet.deny("cloudformation:SignalResource");
    let told = fleet.jetway(&SHORT).exits(1);
    is_told_first(&told.stderr, "the release serves here, but AWS denies cloudformation:SignalResource");
}

#[test]
fn a_role_that_may_not_report_is_told_by_the_console_although_the_release_serves() {
    let fleet = Fleet::of(1).installed();
    fleet.deny("s3:PutObject");
    let told = fleet.jetway(&["deploy", "qa", "--timeout", "30s"]).exits(1);
    is_told_first(&told.stderr, "AWS denies s3:PutObject");
}

#[test]
fn an_instance_that_is_gone_and_might_not_report_has_told_its_reason_by_the_console() {
    let fleet = Fleet::of(1).mode("exit:7").installed();
    fleet.deny("s3:PutObject");
    let told = fleet.deploy(1).exits(1).says("exit code: 7").says("leaving with exit code 7, as HELLO_MODE says");
    is_told_first(&told.stderr, "container `web`");
    let instance = &fleet.every_instance()[0];
    assert!(told.stderr.contains(instance.id()), "{told}");
    instance.is_gone();
}

#[test]
fn f46_a_config_that_is_gone_from_the_store_is_told_at_once_and_not_taken_for_a_denial() {
    let fleet = Fleet::of(1).config("GREETING", "hello").installed();
    // The agent is held until the config is gone; a deploy without one would not begin.
    fleet.fault("GetObject", json!({ "resource": "*/releases/*", "caller": AGENTS, "delay": 5 }));
    let deploy = fleet.spawn(&["deploy", "qa"]);
    eventually("the agent asks for its release", PATIENCE, || {
        (fleet.ask("faults")["faults"][0]["hits"] == 1).then_some(())
    });
    fleet.deletes("jetway/qa/hello/config/c1.json");
    let output = deploy.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    is_told_first(&told, "there is no config c1 in the store: `jetway/qa/hello/config/c1.json` is missing");
    let instance = &fleet.every_instance()[0];
    assert_eq!(instance.said().iter().filter(|said| said["phase"] == "unseal").count(), 1);
    fleet.heard_in_time_of(instance);
}

/// Fails unless the first line of an error has this reason.
#[track_caller]
fn is_told_first(stderr: &str, reason: &str) {
    let first = stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(first.contains(reason), "`{reason}` is not the first that is told:\n{stderr}");
}
