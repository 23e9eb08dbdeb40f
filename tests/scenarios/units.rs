//! The agent under systemd, as its package installs it: accidents of the agent and of Docker, a reboot, an admin who is not root.

use std::time::{Duration, Instant};

use jetway_tests::eventually;
use jetway_tests::images::hello;
use jetway_tests::machine::{Machine, PATIENCE};
use jetway_tests::world::World;
use serde_json::{Value, json};

const VALUE: &str = "told-by-a-file";
/// How the application is asked on the machine itself; a port and a path follow.
const PAGE: &str = "curl --silent --max-time 5 --fail http://127.0.0.1";

/// A release that is live on this machine, so that its store has all that another machine needs.
fn released(name: &str) -> World {
    let world = World::new(name);
    let (image, application, port) = (hello(1), world.application(), world.port);
    world.jetway(&["config", "set", "local", &format!("GREETING={VALUE}")]).succeeds();
    world.manifest_text(&format!(
        "application = \"{application}\"\nconfig = \"files\"\nimage = {{ reference = \"{image}\" }}\n\
         [containers.web]\nuser = \"4242\"\nstop_timeout = \"2s\"\n\
         [http]\nport = {port}\nhealth = {{ path = \"/health-check\", interval = \"5s\", timeout = \"2s\" }}\n"
    ));
    world.jetway(&["deploy", "local"]).succeeds();
    world
}

fn serving(world: &World, unit: &str) -> Machine {
    let machine = Machine::of(world, unit, &json!({}));
    machine.serves();
    machine
}

#[test]
fn a_user_that_is_not_root_serves_a_release_whose_config_is_files() {
    let world = released("user");
    let machine = serving(&world, "");
    let page = machine.sh(&format!("{PAGE}:{}/", world.port));
    assert!(page.contains(VALUE), "{page}");
    let status = machine.sh("cat /proc/$(systemctl show --property MainPID --value jetway-agent)/status");
    for line in ["Uid:\t727\t727\t727\t727", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(status.contains(line), "{line} in {status}");
    }
    assert_eq!(machine.sh("stat --file-system --format %T /run/jetway"), "tmpfs");
    let reader = machine.shell("setpriv --reuid 4242 --clear-groups cat /run/jetway/config/*/web/GREETING");
    assert!(!reader.status.success() && reader.stdout.is_empty());
}

#[test]
fn f15_an_agent_that_hangs_is_replaced_by_its_watchdog_and_the_container_serves_on() {
    let world = released("hangs");
    let machine = serving(&world, "WatchdogSec=8\n");
    let before = machine.process();
    machine.sh("systemctl kill --signal STOP jetway-agent");
    eventually("the watchdog has ended it", PATIENCE, || (machine.unit("NRestarts") == "1").then_some(()));
    assert!(machine.sh("journalctl --no-pager --unit jetway-agent").contains("Watchdog timeout"));
    machine.serves();
    assert_eq!(machine.process(), before);
}

#[test]
fn f19_a_wrong_binary_costs_the_container_nothing_and_is_forgotten_once_it_is_right() {
    let world = released("wrong");
    let machine = serving(&world, "");
    let before = machine.process();
    machine.sh("mv /usr/bin/jetway-agent /root/ && cp /bin/false /usr/bin/jetway-agent");
    machine.shell("systemctl restart jetway-agent");
    eventually("systemd goes on trying", PATIENCE, || {
        machine.unit("NRestarts").parse::<u32>().is_ok_and(|count| count > 5).then_some(())
    });
    let told = machine.shell("/root/jetway-agent status");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.starts_with("not healthy: jetway-agent.service is starting ("), "{told}");
    assert!(told.contains(": nobody watches the containers\n"), "{told}");
    assert!(told.contains("to do: its log says why: journalctl -u jetway-agent -n 50"), "{told}");
    machine.sh("cp /root/jetway-agent /usr/bin/jetway-agent");
    machine.serves();
    assert_eq!(machine.process(), before);
}

#[test]
fn f20_an_admin_of_the_group_sees_without_root_and_network_that_the_agent_was_stopped() {
    let world = released("admin");
    let machine = serving(&world, "");
    let before = machine.process();
    machine.sh("useradd --groups jetway admin && systemctl stop jetway-agent && ip link set eth0 down");
    let began = Instant::now();
    let told = machine.shell("runuser --user admin -- jetway-agent status");
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(text.contains("not healthy: jetway-agent.service is not running (dead)"), "{text}");
    assert!(text.contains("to do: start it: sudo systemctl start jetway-agent"), "{text}");
    assert!(text.contains("this user may not ask it"), "{text}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(machine.process(), before);
    machine.sh("systemctl start jetway-agent");
    let told = machine.shell("runuser --user admin -- jetway-agent status --json");
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["healthy"], &told["units"]["agent"]["state"]), (&json!(true), &json!("active")), "{told}");
    assert_eq!(machine.process(), before);
    let stranger = machine.shell("setpriv --reuid 4242 --regid 4242 --clear-groups jetway-agent status");
    assert_eq!(stranger.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("hint: use sudo, or put this user into the group"));
}

#[test]
fn f21_after_a_reboot_the_release_serves_again_with_its_config() {
    let world = released("reboot");
    let machine = serving(&world, "");
    machine.sh("systemctl enable jetway-agent");
    machine.shell("systemctl reboot");
    machine.boots_again();
    machine.serves();
    let page = machine.sh(&format!("{PAGE}:{}/", world.port));
    assert!(page.contains(VALUE), "{page}");
}

#[test]
fn f61_without_docker_the_agent_waits_and_says_what_systemd_knows_of_it() {
    let world = released("docker");
    let machine = serving(&world, "");
    machine
        .sh("systemctl stop jetway-agent docker.socket docker.service && systemctl mask docker.socket docker.service");
    machine.sh("systemctl start --no-block jetway-agent");
    let waits = "waiting for Docker: Docker does not answer";
    let told = eventually("the agent waits for Docker", PATIENCE, || {
        Some(machine.unit("StatusText")).filter(|text| text.contains(waits))
    });
    assert!(told.contains("docker.service is not installed; it was not started"), "{told}");
    machine.sh("systemctl unmask docker.socket docker.service && systemctl start docker");
    machine.serves();
}

#[test]
fn the_doctor_finds_nothing_wrong_and_says_what_is_once_something_is() {
    let world = released("doctor");
    let machine = serving(&world, "");
    let told: Value = serde_json::from_str(&machine.sh("jetway-agent doctor --json")).unwrap();
    let words: Vec<_> =
        told["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    for check in ["agent unit", "docker unit", "imds unit", "live restore", "disk", "boot file", "run folder", "clock"]
    {
        assert!(words.contains(&check), "{check} in {words:?}");
    }
    machine.sh(
        "systemctl kill --signal KILL docker && systemctl stop docker.socket docker && mv /etc/jetway/boot.json /root/",
    );
    let told = machine.shell("jetway-agent doctor");
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(text.contains("fail  docker unit   docker.service is failed (signal)"), "{text}");
    assert!(text.contains("start it: sudo systemctl start docker.service"), "{text}");
    assert!(text.contains("fail  boot file     cannot read the boot file `/etc/jetway/boot.json`"), "{text}");
}

/// The groups of a machine in a container are of the first version, where a rule knows users alone.
#[test]
fn instance_metadata_is_denied_to_root_and_not_to_the_agent_and_allowed_again() {
    let world = released("imds");
    let machine = Machine::of(&world, "", &json!({ "imds": "deny" }));
    machine.serves();
    machine.sh("systemd-run --unit metadata python3 -m http.server 80 --bind 169.254.169.254");
    let ask = "curl --silent --max-time 5 --output /dev/null http://169.254.169.254/";
    let agent = format!("setpriv --reuid jetway --regid jetway --clear-groups {ask}");
    eventually("metadata answers the agent", PATIENCE, || machine.shell(&agent).status.success().then_some(()));
    // Refused at once, and not left to wait.
    assert_eq!(machine.shell(ask).status.code(), Some(7));
    machine.sh("systemctl restart jetway-imds");
    assert_eq!(machine.sh("iptables --list-rules OUTPUT | grep --count JETWAY-IMDS"), "1");
    machine.sh("sed -i 's/\"imds\":\"deny\",//' /etc/jetway/boot.json && systemctl restart jetway-imds");
    assert!(machine.shell(ask).status.success());
    assert!(!machine.sh("iptables-save; ip6tables-save").contains("JETWAY-IMDS"));
}
