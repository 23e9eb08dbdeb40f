//! A release that serves no more: an instance is replaced when it stays so, and only then.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use serde_json::json;

/// The health check's grace of these stories, 20 s, and two minutes: see docs/instance.md.
const LIMIT: u64 = 140;

#[test]
fn f101_an_instance_whose_container_is_ill_for_good_is_replaced_not_before_and_once_its_role_may_ask_for_that() {
    let fleet = Fleet::of(1).serving();
    let instance = fleet.instance();
    let first = instance.id().to_owned();
    // A container that ends is brought back, which is no illness that anybody is told of.
    instance.sh("docker kill $(docker ps --quiet)");
    instance.serves();
    let (process, _) = instance.process();
    instance.sh(&format!("kill -STOP {process}"));
    eventually("the agent finds it ill", PATIENCE, || {
        (instance.status()["report"]["containers"]["web"]["healthy"] == false).then_some(())
    });
    let began = std::time::Instant::now();
    fleet.jetway(&["status", "qa"]).exits(1);
    fleet.fault("SetInstanceHealth", json!({ "code": "Throttling", "message": "Rate exceeded" }));
    fleet.deny("autoscaling:SetInstanceHealth");
    eventually("Auto Scaling is told", LIMIT + PATIENCE, || (fleet.calls("SetInstanceHealth") > 0).then_some(()));
    assert!(began.elapsed().as_secs() >= LIMIT - 15, "{:?}", began.elapsed());
    let denied = "and the instance is not replaced: AWS denies autoscaling:SetInstanceHealth on autoScalingGroupName/";
    let told = instance.tells_admin(denied);
    assert!(told.starts_with("not healthy: container `web` is unhealthy"), "{told}");
    assert!(instance.console().contains(denied), "{}", instance.console());
    let (tries, seconds) = (fleet.calls("SetInstanceHealth"), began.elapsed().as_secs() - LIMIT);
    assert!(tries <= 5, "{tries} tries in {seconds} s");
    assert_eq!(instance.unit("NRestarts"), "0");
    fleet.allow_again();
    let next = eventually("another instance is in service", 2 * PATIENCE, || {
        fleet.instances().into_iter().find(|each| each.id() != first && each.state() == "InService")
    });
    assert_eq!(next.get("/version"), Some((200, "1\n".to_owned())));
    let report = fleet.report("v1", &first);
    assert!(report.to_string().contains("another instance is asked for"), "{report}");
}
