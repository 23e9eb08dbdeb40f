//! An instance that AWS does not hear, or whose clock it does not believe, while it boots.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::instance::Instance;
use jetway_tests::misfortune::AGENTS;
use serde_json::json;

const IDENTITY: &str = "/latest/dynamic/*";
/// How long a call takes that holds an instance in a phase, in seconds.
const HELD: u32 = 60;

#[test]
fn f111_a_clock_that_is_an_hour_ahead_stops_no_boot_and_is_told_on_the_instance_and_in_its_report() {
    let fleet = Fleet::of(1).installed();
    fleet.fault("*", json!({ "caller": AGENTS, "date_skew": -3600, "count": -1 }));
    fleet.deploy(1).succeeds();
    let instance = fleet.instance();
    let reason = fleet.report("v1", instance.id())["failure"]["reason"].as_str().unwrap().to_owned();
    let seconds = reason.strip_prefix("the clock of this instance is ").and_then(|rest| rest.split(' ').next());
    let seconds: i64 = seconds.unwrap().parse().unwrap();
    assert!((3590..3610).contains(&seconds) && reason.ends_with(" s ahead of that of AWS"), "{reason}");
    instance.tells_admin(&reason);
    assert!(instance.console().contains(&reason), "{}", instance.console());
}

#[test]
fn f41_a_network_that_goes_while_the_image_is_pulled_and_comes_back_costs_time_alone() {
    let fleet = Fleet::of(1).installed();
    fleet.fault("GetObject", json!({ "resource": "*/blobs/*", "caller": AGENTS, "delay": HELD, "count": -1 }));
    let deploy = fleet.spawn(&["deploy", "qa"]);
    let instance = fleet.next_instance();
    instance.tells_admin("pull ");
    eventually("a blob is asked for", PATIENCE, || {
        (fleet.ask("faults")["faults"][0]["hits"].as_i64() > Some(0)).then_some(())
    });
    let before = instance.process_of_agent();
    instance.is_cut_off();
    fleet.forget_faults();
    instance.tells_admin("(try ");
    instance.is_reachable_again();
    let output = deploy.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(instance.process_of_agent(), before, "no restart was needed");
    assert_eq!(instance.get("/version"), Some((200, "1\n".to_owned())));
}

#[test]
fn f50_a_network_that_never_comes_fails_the_deploy_within_its_time_and_with_the_cause() {
    let fleet = Fleet::of(1).installed();
    fleet.launches(&json!({ "metadata_faults": [{ "path": IDENTITY, "cut": true }] }));
    let deploy = fleet.spawn(&["deploy", "qa", "--keep-failed", "--timeout", "110s"]);
    let instance = fleet.next_instance();
    eventually("the agent begins", PATIENCE, || instance.said().pop());
    instance.is_cut_off();
    instance.metadata_heals();
    let output = deploy.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("AWS was not reached for s3:GetObject"), "{told}");
    is_failed(&instance, "AWS was not reached for s3:GetObject");
}

#[track_caller]
fn is_failed(instance: &Instance<'_>, reason: &str) {
    assert!(instance.last_word().contains(reason));
    let status = instance.status();
    assert_eq!(status["report"]["phase"], "failed", "{status}");
    assert!(status["problem"].as_str().unwrap().contains(reason), "{status}");
}
