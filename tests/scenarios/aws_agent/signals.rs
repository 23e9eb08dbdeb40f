//! What the instance tells its stack and its group, and what they make of it.

use jetway_tests::ec2::Instance;
use jetway_tests::eventually;
use serde_json::{Value, json};

/// The instance as its group sees it.
fn state(instance: &Instance) -> Value {
    instance.aws.ask("instances")["instances"][0]["state"].clone()
}

fn is(instance: &Instance, wanted: &str) {
    eventually(&format!("the instance is {wanted}"), 60, || (state(instance) == wanted).then_some(()));
}

/// The successful calls of this operation by the instance.
fn taken(instance: &Instance, operation: &str) -> usize {
    answered(instance, operation, 200)
}

fn answered(instance: &Instance, operation: &str, status: u16) -> usize {
    let calls = instance.aws.ask(&format!("calls?caller=*{}*&operation={operation}&status={status}", instance.id()));
    calls["calls"].as_array().unwrap().len()
}

#[test]
fn a_ready_instance_is_let_into_service_and_completes_its_stack() {
    let mut instance = Instance::deployed();
    is(&instance, "Pending:Wait");
    instance.boot();
    instance.is_in("ready", 60);
    is(&instance, "InService");
    eventually("the stack is signalled", 30, || (taken(&instance, "SignalResource") == 1).then_some(()));
    // F13, F100: an agent that was restarted signals again, and a stack that is complete does not mind.
    instance.kill_agent();
    instance.boot();
    instance.logs("nobody waits for it: Stack", 60);
    is(&instance, "InService");
    // The hook may only be on its way, and is asked for more than once.
    let hook = "CompleteLifecycleAction";
    eventually("the hook is asked for again", 60, || (answered(&instance, hook, 400) > 2).then_some(()));
    let told = instance.log();
    assert_eq!(told.matches("nobody waits for it: No active Lifecycle Action").count(), 1, "{told}");
}

#[test]
fn an_instance_that_fails_tells_its_stack_once_and_stays_to_be_looked_into() {
    let mut instance = Instance::deployed();
    instance.change_boot_file(|file| file["record"] = json!(format!("sha256:{}", "0".repeat(64))));
    instance.boot();
    let report = instance.is_in("failed", 30);
    assert!(report["failure"]["reason"].as_str().unwrap().contains("is not what the boot file pins"), "{report}");
    eventually("the stack is told", 30, || (taken(&instance, "SignalResource") == 1).then_some(()));
    instance.logs("the release stack was told, and decides what comes of this instance", 10);
}

/// F106: out of service, drained, and the hook completed.
#[test]
fn an_instance_that_is_told_to_leave_stops_its_containers_and_completes_the_hook() {
    let mut instance = Instance::deployed();
    instance.boot();
    instance.is_in("ready", 60);
    is(&instance, "InService");
    instance.as_anybody(&format!(
        "print(json.dumps(client('autoscaling').terminate_instance_in_auto_scaling_group(InstanceId='{}', \
         ShouldDecrementDesiredCapacity=False)['ResponseMetadata']['HTTPStatusCode']))",
        instance.id()
    ));
    instance.change_metadata(json!({ "target_lifecycle_state": "Terminated" }));
    instance.is_in("stopped", 60);
    assert!(instance.docker.containers(instance.application()).is_empty());
    let hook = "CompleteLifecycleAction";
    eventually("both hooks are completed", 60, || (taken(&instance, hook) == 2).then_some(()));
}

/// F101: a role without the permission is told, and the release goes on serving.
#[test]
fn an_instance_that_may_not_signal_says_so_and_serves() {
    let mut instance = Instance::deployed();
    let denied = json!({ "code": "AccessDenied", "status": 403, "count": -1 });
    instance.aws.fault("CompleteLifecycleAction", denied);
    instance.boot();
    instance.is_in("ready", 60);
    instance.logs("AWS denies autoscaling:CompleteLifecycleAction on autoScalingGroupName/", 60);
    assert!(instance.page().contains("hello"), "{}", instance.page());
}
