//! Instances that go: out of rotation first, then the containers in good order, then the hook.

use std::time::Instant;

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use serde_json::json;

#[test]
fn an_instance_that_is_terminated_costs_no_request_and_says_that_it_stopped() {
    let fleet = Fleet::of(2).serving();
    let before = fleet.in_service(2);
    let requests = fleet.requests("/version");
    fleet.jetway(&["scale", "qa", "1"]).succeeds();
    let left = eventually("one instance leaves", PATIENCE, || {
        let staying = fleet.instances();
        before.iter().find(|each| staying.iter().all(|other| other.id() != each.id()))
    });
    left.is_gone();
    assert!(requests.has_no_failure() > 0);
    let report = fleet.report("v1", left.id());
    assert_eq!(report["phase"], "stopped", "{report}\n{}", left.console());
    assert_eq!(fleet.calls("CompleteLifecycleAction"), 3, "two launches and one end");
    fleet.jetway(&["status", "qa"]).succeeds();
}

#[test]
fn f106_an_instance_that_spot_takes_back_costs_no_request_and_stops_its_containers_in_time() {
    let fleet = Fleet::of(2).serving();
    let instance = &fleet.in_service(2)[0];
    let requests = fleet.requests("/version");
    let began = Instant::now();
    instance.suffers("machines/interrupt", json!({ "seconds": 60 }));
    let report = eventually("the report says that it stopped", PATIENCE, || {
        let report = fleet.report("v1", instance.id());
        (report["phase"] == "stopped").then_some(report)
    });
    assert!(began.elapsed().as_secs() < 60, "EC2 takes it after a minute here: {report}");
    assert!(report["history"].to_string().contains("draining"), "{report}");
    assert_eq!(instance.get("/version"), None);
    assert!(requests.has_no_failure() > 0);
}

#[test]
fn f96_an_instance_that_is_told_to_leave_while_it_boots_ends_at_once() {
    let fleet = Fleet::of(1).installed();
    let instances = "arn:aws:sts::*:assumed-role/*/i-*";
    fleet.fault("GetObject", json!({ "resource": "*/blobs/*", "caller": instances, "delay": 300, "count": -1 }));
    let mut deploy = fleet.spawn(&["deploy", "qa"]);
    let instance = eventually("the instance is launched", PATIENCE, || fleet.instances().pop());
    eventually("the instance pulls", PATIENCE, || (instance.status()["report"]["phase"] == "pull").then_some(()));
    let began = Instant::now();
    let _told = fleet.jetway(&["abort", "qa"]);
    instance.is_gone();
    // The hook would hold it for two minutes.
    assert!(began.elapsed().as_secs() < 60, "{:?}\n{}", began.elapsed(), instance.console());
    assert!(instance.console().contains("aborted while"), "{}", instance.console());
    assert!(!deploy.wait().unwrap().success());
}
