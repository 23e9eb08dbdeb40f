//! What a person sees when a release fails, and what becomes of the one that serves: nothing.

use serde_json::json;

use super::*;

/// Nothing was ever asked of the stack that serves.
#[track_caller]
fn v1_was_never_touched(aws: &Aws) {
    let of_v1: Vec<String> = changes(aws).into_iter().filter(|change| change.ends_with(" v1")).collect();
    assert_eq!(of_v1, ["CreateStack v1"]);
    aws.jetway(&["status", "qa"]).succeeds().prints("live      v1");
}

#[test]
fn the_first_cause_comes_first_with_all_that_the_instance_knew() {
    let aws = serving();
    let more = json!({"phase": "probe", "reason": "the container exited", "exit_code": 3, "answer": "connection refused",
                      "log": ["starting", "no database"], "hint": "look at the database"});
    behave(&aws, "fail", &more);
    let told = aws.jetway(&["deploy", "qa"]).exits(1).says("error: v2 failed on i-");
    let told = told.says("in phase probe: the container exited\n  exit code: 3\n  health check: connection refused");
    let told = told.says("    | starting\n    | no database\nhint: look at the database");
    told.says("v1 serves as before");
    assert_eq!(stacks(&aws), json!({"v1": "true 1 CREATE_COMPLETE"}));
    v1_was_never_touched(&aws);
    aws.jetway(&["releases", "qa"]).succeeds().prints("v2       failed");
}

#[test]
fn instances_that_never_say_anything_fail_when_the_time_is_over() {
    let aws = serving();
    behave(&aws, "silent", &json!({}));
    aws.tell("settings", &json!({"time_scale": 0.002}));
    let told = aws.jetway(&["deploy", "qa"]).exits(1);
    told.says("Failed to receive 1 resource signal(s)").says("hint: `--keep-failed` keeps the instances");
    v1_was_never_touched(&aws);
}

#[test]
fn a_stack_that_is_given_up_tells_why_and_not_that_its_instances_were_told_to_end() {
    let aws = serving();
    behave(&aws, "hang", &json!({"phase": "pull"}));
    let deploy = aws.spawn(&["deploy", "qa"]);
    jetway_tests::eventually("v2 is launched", 20, || (!stacks(&aws)["v2"].is_null()).then_some(()));
    let phase = || {
        let instances = aws.ask("instances")["instances"].as_array().unwrap().clone();
        instances.iter().find(|each| each["group"].as_str().unwrap().contains("--v2"))?["phase"]
            .as_str()
            .map(str::to_owned)
    };
    jetway_tests::eventually("the instance hangs", 20, || (phase()? == "pull").then_some(()));
    // The report is seen before the stack is.
    aws.fault("DescribeStacks", json!({"resource": "*--v2*", "code": "Throttling", "count": -1}));
    aws.tell("time-is-up", &json!({"stack": "*--v2*"}));
    jetway_tests::eventually("the instance has ended", 20, || (phase()? == "stopped").then_some(()));
    let reads = aws.calls("GetObject");
    jetway_tests::eventually("its report is read", 30, || (aws.calls("GetObject") > reads + 2).then_some(()));
    aws.forget_faults();
    let output = deploy.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("v2 failed: Instances of v2; each signals"), "{told}");
    assert!(told.contains("Failed to receive 1 resource signal(s)") && !told.contains("told to end"), "{told}");
}

#[test]
fn a_first_boot_that_fails_is_told_by_the_serial_console() {
    let aws = serving();
    behave(&aws, "first-boot-fails", &json!({"reason": "Docker does not start"}));
    // Nobody there ends the hook that an instance on its way out is held by.
    aws.tell("settings", &json!({"time_scale": 0.02}));
    let told = aws.jetway(&["deploy", "qa"]).exits(1).says("v2 failed on i-");
    told.says("in phase identify: the first boot failed: Docker does not start");
    v1_was_never_touched(&aws);
}

#[test]
fn targets_that_never_get_healthy_fail_although_the_stack_is_complete() {
    let aws = serving();
    behave(&aws, "target-unhealthy", &json!({}));
    // However slow this machine is, the stack is complete before the command gives up.
    aws.tell("settings", &json!({"time_scale": 20.0}));
    let told = aws.jetway(&["deploy", "qa", "--timeout", "3s"]).exits(1);
    told.says("0 of 1 targets are healthy").says("[503]");
    v1_was_never_touched(&aws);
}

#[test]
fn whoever_waits_for_a_short_time_does_not_decide_that_a_release_has_failed() {
    let aws = serving();
    behave(&aws, "target-unhealthy", &json!({}));
    aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
    let is_made = || (stacks(&aws)["v2"] == "true 1 CREATE_COMPLETE").then_some(());
    jetway_tests::eventually("the stack is complete", 60, is_made);
    let waited = || Some(aws.jetway(&["wait", "qa", "--timeout", "1s"])).filter(|told| told.stderr.contains("[503]"));
    let told = jetway_tests::eventually("the targets are seen", 60, waited);
    told.exits(3).says("v2 is neither ready nor failed").says("`jetway wait qa` goes on waiting");
    assert_eq!(stacks(&aws)["v2"], "true 1 CREATE_COMPLETE");
    aws.jetway(&["abort", "qa"]).succeeds().prints("v2 is cancelled");
    v1_was_never_touched(&aws);
}

#[test]
fn a_lack_of_capacity_is_told_at_once() {
    let aws = serving();
    aws.tell("launch-faults", &json!({"code": "InsufficientInstanceCapacity"}));
    let told = aws.jetway(&["deploy", "qa"]).exits(1).says("do not have sufficient t3.small capacity");
    let told = told.says("hint: set another `type`");
    assert!(told.took.as_secs() < 120, "nobody waits for the deploy to time out: {told}");
    v1_was_never_touched(&aws);
}

#[test]
fn a_resource_that_cannot_be_made_is_called_by_what_it_is_for() {
    let aws = serving();
    aws.tell("resource-faults", &json!({"resource": "LaunchTemplate", "reason": "You have reached your limit"}));
    let told = aws.jetway(&["deploy", "qa"]).exits(1).says("v2 failed: What instances begin with");
    told.says("You have reached your limit");
    v1_was_never_touched(&aws);
}

#[test]
fn instances_that_run_something_else_are_no_success() {
    for kind in ["wrong-release", "wrong-image"] {
        let aws = serving();
        behave(&aws, kind, &json!({}));
        let deploy = aws.spawn(&["deploy", "qa"]);
        jetway_tests::eventually("the stack is complete", 20, || {
            (stacks(&aws)["v2"] == "true 1 CREATE_COMPLETE").then_some(())
        });
        aws.jetway(&["scale", "qa", "2"]).exits(1).says("nothing was changed").says("`jetway lock release qa`");
        aws.jetway(&["abort", "qa"]).succeeds().prints("v2 is cancelled");
        aws.jetway(&["releases", "qa"]).succeeds().prints("v2       aborted");
        let output = deploy.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
        v1_was_never_touched(&aws);
    }
}

#[test]
fn who_waits_in_vain_hears_what_an_instance_runs_instead() {
    for (kind, told) in
        [("wrong-release", "serving, but it runs v9999"), ("wrong-image", "with other images than v2 has")]
    {
        let aws = serving();
        behave(&aws, kind, &json!({}));
        aws.jetway(&["deploy", "qa", "--detach"]).succeeds();
        jetway_tests::eventually("the stack is complete", 20, || {
            (stacks(&aws)["v2"] == "true 1 CREATE_COMPLETE").then_some(())
        });
        aws.jetway(&["wait", "qa", "--timeout", "1s"]).exits(3).says(told).says("every instance is in service");
        aws.jetway(&["abort", "qa"]).succeeds();
    }
}

#[test]
fn a_manifest_with_another_protocol_than_the_load_balancer_is_refused() {
    let aws = serving();
    aws.file("jetway.toml", manifest(1).replace("port = 8000", "port = 8000\nprotocol = \"https\""));
    let told = aws.jetway(&["deploy", "qa"]).exits(2).says("the stack jetway-app-qa-hello answers at http://");
    told.says("nothing was changed").says("hint: `jetway app update qa` takes it on");
    v1_was_never_touched(&aws);
}

#[test]
fn an_instance_that_passed_in_a_kept_release_is_warned_of() {
    let aws = prepared(&manifest(2));
    aws.jetway(&["deploy", "qa"]).succeeds();
    behave(&aws, "fail", &json!({"release": "v2", "count": 1, "phases": {"probe": 1.0}}));
    let told = aws.jetway(&["deploy", "qa", "--keep-failed"]).exits(1);
    told.says("warning: the load balancer sends requests to i-").says("of v2, too, until the next healthy release");
}

#[test]
fn an_image_that_is_not_there_changes_nothing() {
    let aws = serving();
    let told = aws.jetway(&["deploy", "qa", "--image", "nope:1"]).exits(2);
    told.says("the local Docker engine has no image `nope:1`; nothing was changed");
    aws.jetway(&["diff", "qa", "--image", "nope:1"]).exits(2).says("has no image `nope:1`; nothing was changed");
    v1_was_never_touched(&aws);
}

#[test]
fn a_failed_release_that_is_kept_does_not_serve_and_goes_with_the_next() {
    let aws = serving();
    behave(&aws, "fail", &json!({"release": "v2"}));
    let told = aws.jetway(&["deploy", "qa", "--keep-failed"]).exits(1);
    told.says("the stack jetway-release-qa-hello--v2 is kept, to be looked into");
    assert_eq!(stacks(&aws)["v2"], "true 1 CREATE_FAILED");
    aws.jetway(&["status", "qa"]).succeeds().prints("v2: failed, and kept until the next healthy release;");
    v1_was_never_touched(&aws);
    aws.jetway(&["deploy", "qa"]).succeeds().prints("v3 of hello is live");
    assert_eq!(stacks(&aws), json!({"v1": "false 1 UPDATE_COMPLETE", "v3": "true 1 CREATE_COMPLETE"}));
}
