//! What an admin on an instance is told: with the agent dead or hung, Docker dead or hung, no network, and without root.

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::shared::Loan;
use serde_json::{Value, json};

#[test]
fn f20_an_admin_of_the_group_sees_without_root_and_network_that_the_agent_was_stopped() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.sh("useradd --groups jetway admin && systemctl stop jetway-agent");
    instance.suffers("machines/cut", json!({}));
    let text = instance.answers("runuser --user admin -- jetway-agent status", 1);
    assert!(text.contains("not healthy: jetway-agent.service is not running (dead)"), "{text}");
    assert!(text.contains("to do: start it: sudo systemctl start jetway-agent"), "{text}");
    assert!(text.contains("this user may not ask it"), "{text}");
    let text = instance.answers("runuser --user admin -- jetway-agent doctor", 1);
    assert!(text.contains("fail  agent unit    jetway-agent.service is not running (dead)"), "{text}");
    assert!(text.contains("note  docker        Docker does not let this user ask it"), "{text}");
    assert_eq!(instance.process(), before);
    instance.suffers("machines/heal", json!({}));
    instance.sh("systemctl start jetway-agent");
    let told = instance.answers("runuser --user admin -- jetway-agent status --json", 0);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["healthy"], &told["units"]["agent"]["state"]), (&json!(true), &json!("active")), "{told}");
    assert_eq!(instance.process(), before);
    let stranger = instance.shell("setpriv --reuid 4242 --regid 4242 --clear-groups jetway-agent status");
    assert_eq!(stranger.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("hint: use sudo, or put this user into the group"));
    let elsewhere = instance.shell("jetway-agent status --run-dir /nowhere");
    assert_eq!(elsewhere.status.code(), Some(3));
    let told = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(told.contains("cannot read `/nowhere/report.json`: No such file") && told.contains("--run-dir"), "{told}");
    let denied = instance.shell("runuser --user admin -- jetway-agent one-off web -- show");
    assert_eq!(denied.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&denied.stderr).contains("hint: use sudo"), "{denied:?}");
    let text = instance.answers("setpriv --reuid 4242 --regid 4242 --clear-groups jetway-agent doctor", 0);
    assert!(text.contains("note  run folder    /run/jetway belongs to another user: not checked"), "{text}");
}

#[test]
fn f61_without_docker_the_agent_waits_and_says_what_systemd_knows_of_it() {
    let loan = Loan::take();
    let instance = loan.instance();
    instance
        .sh("systemctl stop jetway-agent docker.socket docker.service && systemctl mask docker.socket docker.service");
    instance.sh("systemctl start --no-block jetway-agent");
    let waits = "waiting for Docker: Docker does not answer";
    let told = eventually("the agent waits for Docker", PATIENCE, || {
        Some(instance.unit("StatusText")).filter(|text| text.contains(waits))
    });
    assert!(told.contains("docker.service is not installed; it was not started"), "{told}");
    let text = instance.answers("jetway-agent status", 1);
    assert!(text.starts_with("not healthy: Docker does not answer"), "{text}");
    let text = instance.answers("jetway-agent doctor", 1);
    assert!(text.contains("fail  docker        Docker does not answer"), "{text}");
    assert!(text.contains("free at /var/lib/docker"), "{text}");
    instance.sh("systemctl unmask docker.socket docker.service && systemctl start docker");
    instance.serves();
}

#[test]
fn f61_a_docker_that_was_stopped_is_started_again_and_the_container_serves_on() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.sh("systemctl stop docker.socket docker.service");
    instance.once("docker info");
    instance.serves();
    assert_eq!(instance.process(), before);
}

#[test]
fn f64_a_docker_that_hangs_is_told_within_seconds_and_costs_the_container_nothing() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    let requests = instance.requests("/version");
    instance.sh("systemctl kill --signal STOP docker");
    let text = instance.answers("jetway-agent status", 1);
    assert!(text.starts_with("not healthy: Docker did not answer within"), "{text}");
    let text = instance.answers("jetway-agent doctor", 1);
    assert!(text.contains("fail  docker        Docker did not answer within 4 s"), "{text}");
    assert!(text.contains("look at its log: journalctl -u docker"), "{text}");
    eventually("the agent says so, too", PATIENCE, || {
        instance
            .sh("journalctl --no-pager --unit jetway-agent")
            .contains("did not tell how the containers are")
            .then_some(())
    });
    instance.sh("systemctl kill --signal CONT docker");
    instance.serves();
    assert_eq!(instance.process(), before);
    assert_eq!(instance.sh("docker ps --all --quiet").lines().count(), 1);
    assert!(requests.has_no_failure() > 0);
}

#[test]
fn the_doctor_finds_nothing_wrong_and_says_what_is_once_something_is() {
    let loan = Loan::take();
    let instance = loan.instance();
    let told: Value = serde_json::from_str(&instance.sh("jetway-agent doctor --json")).unwrap();
    let words: Vec<_> =
        told["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    for check in [
        "agent unit",
        "docker unit",
        "imds unit",
        "live restore",
        "disk",
        "boot file",
        "run folder",
        "clock",
        "metadata",
    ] {
        assert!(words.contains(&check), "{check} in {words:?}");
    }
    assert_eq!(told["ok"], true, "{told}");
    instance.sh("systemctl stop jetway-agent docker.socket docker.service && mv /etc/jetway/boot.json /root/");
    let text = instance.answers("jetway-agent doctor", 1);
    assert!(text.contains("fail  docker unit   docker.service is not running (dead)"), "{text}");
    assert!(text.contains("start it: sudo systemctl start docker.service"), "{text}");
    assert!(text.contains("fail  boot file     there is no boot file `/etc/jetway/boot.json`"), "{text}");
    assert!(text.contains("a deploy writes it, on EC2 by user data: cloud-init status --long"), "{text}");
    assert!(!text.contains("imds unit"), "it has nothing to do: {text}");
    instance.sh("mv /root/boot.json /etc/jetway/ && systemctl start jetway-agent");
    instance.serves();
}
