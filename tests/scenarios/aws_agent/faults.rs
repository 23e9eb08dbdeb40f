//! Bad days of AWS and of metadata that an instance outlasts, and those that it names.

use jetway_tests::ec2::Instance;
use jetway_tests::eventually;
use serde_json::json;

/// Calls of S3 and KMS fail so often, in this way.
fn fault(instance: &Instance, operation: &str, code: &str, count: i32) {
    instance.aws.fault(operation, json!({ "code": code, "count": count }));
}

#[test]
fn an_instance_outlasts_what_aws_has_on_a_bad_day() {
    let mut instance = Instance::deployed_afresh(40);
    fault(&instance, "GetObject", "SlowDown", 5);
    fault(&instance, "GetObject", "InternalError", 3);
    fault(&instance, "GetObject", "AccessDenied", 2);
    fault(&instance, "Decrypt", "ThrottlingException", 3);
    fault(&instance, "PutObject", "SlowDown", 4);
    instance.aws.fault("GetObject", json!({ "lose_answer": true, "skip": 6, "count": 3 }));
    instance.boot();
    instance.is_in("ready", 120);
    assert!(instance.page().contains("hello from the config"));
    let report = instance.stored_report();
    assert_eq!(report["phase"], "ready");
    assert!(report["history"].to_string().contains("web: fetched 4"), "{report}");
}

#[test]
fn metadata_that_comes_late_or_stumbles_is_waited_for() {
    let mut instance = Instance::deployed();
    instance.metadata_fault(json!({ "path": "*", "count": 3, "cut": true }));
    instance.metadata_fault(json!({ "path": "*/identity*", "count": 1, "status": 503 }));
    instance.metadata_fault(json!({ "path": "*/document", "count": 1, "status": 401 }));
    instance.metadata_fault(json!({ "path": "*/security-credentials/", "count": 2, "status": 404 }));
    instance.boot();
    instance.logs("the instance has no role: instance metadata names none (HTTP 404)", 60);
    instance.is_in("ready", 120);
    assert_eq!(instance.metadata_requests()["without_token"], json!([]));
}

#[test]
fn metadata_that_is_turned_off_is_named_at_once() {
    let mut instance = Instance::deployed();
    instance.metadata_fault(json!({ "path": "*", "status": 403 }));
    instance.boot();
    let reason =
        "ERROR the machine did not say which instance it is: instance metadata is turned off: it answers HTTP 403";
    instance.logs(reason, 20);
    assert!(!instance.log().contains("(try "), "{}", instance.log());
}

#[test]
fn a_store_that_is_down_while_an_instance_serves_changes_nothing_for_its_users() {
    let mut instance = Instance::deployed();
    instance.boot();
    instance.is_in("ready", 60);
    let container = instance.docker.containers(instance.application());
    instance.aws.fault("*", json!({ "code": "InternalError", "status": 500, "count": -1 }));
    instance.metadata_fault(json!({ "path": "*", "status": 503 }));
    instance.docker.ok(&["kill", &container[0]]);
    eventually("Docker's restart is seen without AWS", 60, || {
        let web = &instance.report()["containers"]["web"];
        (web["restarts"] == 1 && web["healthy"] == true).then_some(())
    });
    assert!(instance.page().contains("hello from the config"));
    assert_eq!(instance.docker.containers(instance.application()), container);
}

#[test]
fn a_config_that_kms_refuses_to_open_is_told_with_its_place() {
    let mut instance = Instance::deployed();
    fault(&instance, "Decrypt", "InvalidCiphertextException", -1);
    instance.boot();
    let report = instance.is_in("failed", 60);
    let reason = report["failure"]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("the config was sealed for another place, with another key, or was changed"),
        "{reason}"
    );
    assert!(reason.contains(&format!("application={}", instance.application())), "{reason}");
    assert_eq!(instance.aws.calls("Decrypt"), 1);
}
