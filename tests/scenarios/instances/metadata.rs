//! Instance metadata as it should not be: what waiting can help is waited for, the rest is told; nothing is made up.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use serde_json::{Value, json};

/// The agent's requests alone: cloud-init asks for a version by its date.
const AGENTS: &str = "/latest/meta-data/*";
/// The first that it asks for.
const IDENTITY: &str = "/latest/dynamic/*";
/// The most seconds that a deployer waits for what nothing cures, however long a boot may take.
const SOON: u64 = 120;

#[test]
fn f31_f99_metadata_and_answers_that_come_late_are_waited_for_without_asking_all_the_time() {
    let fleet = Fleet::of(1).installed();
    for (operation, code, status) in
        [("SignalResource", "Throttling", 400), ("CompleteLifecycleAction", "ServiceUnavailable", 503)]
    {
        fleet.fault(operation, json!({ "code": code, "status": status, "count": 4 }));
    }
    fleet.launches(&json!({ "metadata_faults": [
        { "path": AGENTS, "status": 503, "count": 2 },
        { "path": AGENTS, "cut": true, "count": 1 },
    ] }));
    fleet.deploy(1).succeeds();
    let instance = fleet.instance();
    // Others on the machine ask for dated versions; what is about to happen to the instance is asked while it serves, too.
    let boot = |each: &&Value| {
        let path = each["path"].as_str().unwrap().strip_prefix("/latest/").unwrap_or_default();
        !["", "api/token", "meta-data/autoscaling/target-lifecycle-state"].contains(&path)
            && !path.starts_with("meta-data/spot/")
    };
    let asked = instance.metadata_requests().iter().filter(boot).count();
    assert!(asked <= 20, "{asked} requests");
    assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
    for operation in ["SignalResource", "CompleteLifecycleAction"] {
        assert_eq!(fleet.calls(operation), 5, "{operation}: four in vain, and the one that counted");
    }
}

#[test]
fn f27_f28_an_agent_that_waits_for_metadata_says_so_and_goes_on_also_when_its_token_is_forgotten() {
    let fleet = Fleet::of(1).mode("slow:3").installed();
    fleet.launches(&json!({ "metadata_faults": [{ "path": IDENTITY, "cut": true }] }));
    let deploy = fleet.spawn(&["deploy", "qa"]);
    let instance = fleet.next_instance();
    let told = instance.tells_admin("instance metadata does not answer");
    assert!(told.contains("hello v1: "), "{told}");
    instance.metadata_heals();
    instance.tells_admin("probe");
    instance.suffers("metadata/forget-tokens", json!({}));
    let output = deploy.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let refused = |each: &Value| each["status"] == 401;
    eventually("a token is refused, and got anew", PATIENCE, || {
        let requests = instance.metadata_requests();
        let at = requests.iter().position(refused)?;
        requests[at..].iter().any(|each| each["status"] == 200).then_some(())
    });
    assert_eq!(instance.status()["healthy"], true);
    assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
}

#[test]
fn f29_metadata_that_is_turned_off_is_named_to_the_deployer_long_before_the_boot_is_out_of_time() {
    let fleet = Fleet::of(1).installed();
    fleet.launches(&json!({ "metadata_faults": [{ "path": "*", "status": 403 }] }));
    let deploy = fleet.spawn(&["deploy", "qa"]);
    let instance = fleet.next_instance();
    instance.tells_admin("instance metadata is turned off");
    // Nobody is there who would end its life in good order: Auto Scaling waits for that, and the deployer for Auto Scaling.
    eventually("the stack is taken back", SOON, || (instance.now().state() == "Terminating:Wait").then_some(()));
    assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
    fleet.tell("time-is-up", &json!({ "group": "*" }));
    let output = deploy.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    let first = told.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(first.contains("instance metadata is turned off: it answers HTTP 403"), "{told}");
    assert!(told.contains("modify-instance-metadata-options"), "{told}");
    assert!(instance.last_word().contains("turned off"));
}
