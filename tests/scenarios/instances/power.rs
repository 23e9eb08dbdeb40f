//! Reboots, lost power, pauses and killed daemons: whatever was serving serves again, and nobody has to help.

use std::process::Child;

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::instance::Instance;
use jetway_tests::shared::{GREETING, Loan};
use serde_json::{Value, json};

/// How long a call takes that holds an instance in a phase until the power goes, in seconds.
const HELD: u32 = 60;

#[test]
fn f21_a_reboot_brings_the_same_release_back_with_its_config() {
    let loan = Loan::take();
    let instance = loan.instance();
    let boot = instance.sh("cat /proc/sys/kernel/random/uuid; systemctl show --property UserspaceTimestamp");
    let before = instance.container()["Id"].clone();
    instance.suffers("machines/reboot", json!({}));
    eventually("the machine boots again", PATIENCE, || {
        let now = instance.shell("systemctl show --property UserspaceTimestamp").stdout;
        (!now.is_empty() && !boot.ends_with(String::from_utf8_lossy(&now).trim())).then_some(())
    });
    instance.serves();
    assert_eq!(instance.container()["Id"], before, "the container is kept");
    let (_, page) = instance.get("/").unwrap();
    assert!(page.contains(GREETING), "{page}");
    assert_eq!(loan.instance().state(), "InService");
}

#[test]
fn lost_power_in_each_phase_of_a_boot_costs_time_alone() {
    let fleet = Fleet::of(1).mode("slow:5").installed();
    // The agent's question alone: cloud-init asks for a version by its date.
    let identity = "/latest/dynamic/instance-identity/document";
    fleet.launches(&json!({ "metadata_faults": [{ "path": identity, "hang": true, "count": -1 }] }));
    fleet.jetway(&["config", "set", "qa", "GREETING=hello"]).succeeds();
    let deploy = fleet.spawn(&["deploy", "qa"]);
    let instance = eventually("the instance is launched", PATIENCE, || fleet.instances().pop());
    // Before it knows who it is, it has no report, and says so on its console alone.
    eventually("the instance is in identify", PATIENCE, || {
        let console = instance.console();
        assert!(!console.contains(r#""phase":"fetch""#), "identify was too short to be seen: {console}");
        console.contains(r#""phase":"identify""#).then_some(())
    });
    instance.metadata_heals();
    let held = [("fetch", "GetObject", "*/releases/*"), ("unseal", "Decrypt", "*"), ("pull", "GetObject", "*/blobs/*")];
    for (phase, operation, resource) in held {
        let caller = "arn:aws:sts::*:assumed-role/*/i-*";
        fleet.forget_faults();
        fleet.fault(operation, json!({ "resource": resource, "caller": caller, "delay": HELD, "count": -1 }));
        instance.loses_power();
        is_in(&instance, phase);
    }
    fleet.forget_faults();
    instance.loses_power();
    // Docker stands still as soon as containers are to be made.
    let begins =
        r#"until grep --quiet --extended-regexp '"phase": ?"start"' /run/jetway/report.json 2>/dev/null; do :; done"#;
    instance.sh(&format!("{begins}; kill -STOP $(pidof dockerd)"));
    is_in(&instance, "start");
    instance.loses_power();
    is_in(&instance, "probe");
    instance.loses_power();
    ends_well(deploy);
    assert_eq!(instance.get("/version"), Some((200, "1\n".to_owned())));
    assert_eq!(instance.sh("docker ps --all --quiet").lines().count(), 1);
    assert_eq!(instance.requests_without_token(), Vec::<Value>::new());
}

#[test]
fn f22_lost_power_while_it_serves_brings_the_same_release_back() {
    let loan = Loan::take();
    let instance = loan.instance();
    instance.loses_power();
    instance.serves();
    assert!(instance.get("/").unwrap().1.contains(GREETING));
}

#[test]
fn f82_a_killed_docker_takes_no_container_along() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    let requests = instance.requests("/version");
    instance.sh("systemctl kill --signal KILL docker");
    instance.once("docker info");
    instance.serves();
    assert_eq!(instance.process(), before);
    assert!(requests.has_no_failure() > 0);
}

#[test]
fn a_paused_instance_goes_on_as_if_nothing_had_been() {
    let loan = Loan::take();
    let instance = loan.instance();
    let (before, agent) = (instance.process(), instance.unit("MainPID"));
    instance.suffers("machines/pause", json!({}));
    assert_eq!(instance.get("/version"), None);
    instance.suffers("machines/resume", json!({}));
    instance.serves();
    assert_eq!(instance.process(), before);
    assert_eq!(instance.unit("MainPID"), agent);
}

#[test]
fn an_instance_without_a_network_keeps_its_containers_and_is_reached_again_once_it_is_back() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.suffers("machines/cut", json!({}));
    assert_eq!(instance.get("/version"), None);
    assert_eq!(instance.status()["healthy"], true, "it is asked on the machine itself");
    instance.suffers("machines/heal", json!({}));
    instance.serves();
    assert_eq!(instance.process(), before);
    eventually("the CLI reaches it", PATIENCE, || {
        let told = loan.jetway(&["--json", "status", "qa", "--live"]).json();
        let found = told["instances"].as_array()?.iter().find(|each| each["instance"] == instance.id())?.clone();
        (found["live"]["health"] == "healthy").then_some(())
    });
}

/// Waits until an instance is in a phase, which must be before it is ready.
#[track_caller]
fn is_in(instance: &Instance<'_>, phase: &str) {
    eventually(&format!("the instance is in {phase}"), PATIENCE, || {
        let status = instance.status();
        assert_ne!(status["report"]["phase"], "ready", "{phase} was too short to be seen");
        (status["report"]["phase"] == phase).then_some(())
    });
}

#[track_caller]
fn ends_well(deploy: Child) {
    let output = deploy.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
