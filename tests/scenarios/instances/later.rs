//! Instances that come when no deploy watches: they come up alone, and their launch hook holds them until they serve.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use serde_json::json;

#[test]
fn an_instance_of_a_finished_stack_is_held_until_it_serves() {
    let fleet = Fleet::of(1).serving();
    let first = fleet.instance().id().to_owned();
    // Metadata that answers late makes the time visible in which the new one may not serve yet.
    fleet.launches(&json!({ "metadata_faults": [{ "path": "*/meta-data/instance-id", "delay": 2 }] }));
    let mut scale = fleet.spawn(&["scale", "qa", "2"]);
    eventually("the new instance is held", PATIENCE, || {
        fleet
            .instances()
            .iter()
            .any(|each| each.state() == "Pending:Wait" && each.get("/version").is_none())
            .then_some(())
    });
    assert!(scale.wait().unwrap().success());
    let serving = fleet.in_service(2);
    let later = serving.iter().find(|each| each.id() != first).unwrap();
    assert_eq!(later.get("/version"), Some((200, "1\n".to_owned())));
    assert_eq!(fleet.report("v1", later.id())["phase"], "ready");
    // The stack waits for no signal any more and refuses it, which is no failure.
    assert_eq!(later.sh("systemctl show --property NRestarts --value jetway-agent"), "0");
}

#[test]
fn an_instance_that_loses_its_power_for_good_is_replaced() {
    let fleet = Fleet::of(1).serving();
    let first = fleet.instance();
    first.suffers("machines/power-loss", json!({ "stay_off": true }));
    let next = eventually("another instance is in service", 2 * PATIENCE, || {
        fleet.instances().into_iter().find(|each| each.id() != first.id() && each.state() == "InService")
    });
    assert_eq!(next.get("/version"), Some((200, "1\n".to_owned())));
}
