//! An instance whose system goes down: switched off, it leaves rotation before its containers stop; rebooted, it comes back.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::instance::Instance;
use serde_json::Value;

/// Has a container that does not hear SIGTERM: only its stop timeout ends it.
fn freeze(instance: &Instance<'_>) {
    let (process, _) = instance.process();
    instance.sh(&format!("kill -STOP {process}"));
}

#[test]
fn an_instance_that_is_switched_off_costs_no_request_and_is_replaced() {
    let fleet = Fleet::of(2).serving();
    let before = fleet.in_service(2);
    let leaving = &before[0];
    let requests = fleet.requests("/version");
    leaving.shell("systemctl poweroff");
    leaving.is_gone();
    fleet.in_service(2);
    assert!(requests.has_no_failure() > 20);
    let report = fleet.report("v1", leaving.id());
    let history = report["history"].to_string();
    assert_eq!(report["phase"], "stopped", "{report}\n{}", leaving.console());
    assert!(history.contains("stopped with the system"), "{history}");
    assert_eq!(fleet.calls("SetInstanceHealth"), 1);
    assert_eq!(fleet.calls("CompleteLifecycleAction"), 4, "three launches and one end");
}

#[test]
fn a_reboot_sends_sigterm_waits_for_the_stop_timeout_and_keeps_the_instance() {
    let fleet = Fleet::of(1).serving();
    let instance = fleet.instance();
    let boot = instance.sh("systemctl show --property UserspaceTimestamp");
    freeze(&instance);
    // On a machine that is busy with going down, the bus may be slow to tell.
    instance.sh(
        "bus=$(pidof dbus-daemon); kill -STOP $bus; systemctl --no-block --job-mode replace-irreversibly start reboot.target; \
         until journalctl --unit jetway-agent | grep --quiet 'not known yet whether the system goes down'; do :; done; kill -CONT $bus",
    );
    eventually("the machine boots again", PATIENCE, || {
        let now = instance.shell("systemctl show --property UserspaceTimestamp").stdout;
        (!now.is_empty() && String::from_utf8_lossy(&now).trim() != boot).then_some(())
    });
    instance.serves();
    let took = took_to_stop(&instance);
    assert!((3.0..10.0).contains(&took), "{took} s for a stop timeout of 3 s");
    assert_eq!(fleet.calls("SetInstanceHealth"), 0);
    assert_eq!(fleet.instance().id(), instance.id());
}

/// The seconds between the phases `draining` and `stopped` on the console, which outlives the boot.
fn took_to_stop(instance: &Instance<'_>) -> f64 {
    let console = instance.console();
    let at = |phase: &str| {
        let line = console.lines().rfind(|line| line.contains(&format!(r#""phase":"{phase}""#))).unwrap();
        let line: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        line["at"].as_str().unwrap().to_owned()
    };
    seconds(&at("stopped")) - seconds(&at("draining"))
}

/// The seconds of the day of a time of the console.
fn seconds(time: &str) -> f64 {
    let clock = time.split(['T', 'Z']).nth(1).unwrap();
    clock.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
}
