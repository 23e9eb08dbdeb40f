//! `imds = "deny"`: the release's containers get nothing of instance metadata, and the agent goes on.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};
use jetway_tests::instance::Instance;
use serde_json::json;

/// What answers with 401 to whoever brings no token.
const ASK: &str = "/busybox wget -q -O - http://169.254.169.254/latest/meta-data/instance-id";

/// The same of whoever is root on the instance itself.
const ASK_AS_ROOT: &str = "curl --silent --max-time 5 --output /dev/null http://169.254.169.254/";
/// Containers may ask nothing, and are root.
const DENIED: &str = "[environments.qa]\nimds = \"deny\"\ncontainers.web.user = \"0\"\n";

#[test]
fn with_control_groups_of_version_2_a_container_that_is_root_is_denied_metadata_and_nobody_else() {
    let fleet = Fleet::of(1).manifest(DENIED).installed();
    fleet.launches(&json!({ "files": { "/etc/lab-cgroup2": "" } }));
    fleet.deploy(1).succeeds();
    let instance = fleet.instance();
    assert_eq!(instance.sh("stat --file-system --format %T /sys/fs/cgroup"), "cgroup2fs");
    let refused = in_container(&instance, ASK);
    assert!(refused.contains("Connection refused"), "{refused}");
    instance.sh(ASK_AS_ROOT);
    let rules = instance.sh("iptables --list-rules JETWAY-IMDS");
    assert!(rules.contains("--path \"jetway.slice\""), "{rules}");
    // After a reboot Docker starts the container, whatever the agent makes of its boot file.
    instance.sh("echo '{' >/etc/jetway/boot.json");
    instance.loses_power();
    eventually("Docker starts the container", PATIENCE, || instance.get("/version"));
    instance.once("systemctl show --property StatusText jetway-agent | grep 'cannot read the boot file'");
    let refused = in_container(&instance, ASK);
    assert!(refused.contains("Connection refused"), "{refused}");
    instance.sh("iptables --flush JETWAY-IMDS");
    let dropped = in_container(&instance, &ASK.replace("/busybox wget -q", "/busybox timeout 2 /busybox wget"));
    assert!(dropped.starts_with("Connecting") && dropped.lines().count() == 1, "{dropped}");
    instance.sh(ASK_AS_ROOT);
}

#[test]
fn with_control_groups_of_version_1_root_is_denied_metadata_and_the_agent_is_not() {
    let fleet = Fleet::of(1).manifest(DENIED).serving();
    let instance = fleet.instance();
    let refused = in_container(&instance, ASK);
    assert!(refused.contains("Connection refused"), "{refused}");
    assert_eq!(instance.shell(ASK_AS_ROOT).status.code(), Some(7), "refused at once");
    let text = instance.answers("jetway-agent doctor", 0);
    assert!(text.contains("note  metadata      refused, as `imds = \"deny\"` has it"), "{text}");
    instance.sh(&format!("setpriv --reuid jetway --regid jetway --clear-groups {ASK_AS_ROOT}"));
    instance.sh("systemctl restart jetway-imds");
    assert_eq!(instance.sh("iptables --list-rules OUTPUT | grep --count JETWAY-IMDS"), "1");
    instance.sh("iptables --flush && cp /etc/jetway/boot.json /root && echo '{' >/etc/jetway/boot.json");
    instance.shell("systemctl restart jetway-imds");
    let refused = in_container(&instance, ASK);
    assert!(refused.contains("Connection refused"), "{refused}");
    instance.sh("systemctl is-failed jetway-imds");
    instance.sh("cp /root/boot.json /etc/jetway");
    instance.sh("sed -i 's/\"imds\": *\"deny\",//' /etc/jetway/boot.json && systemctl restart jetway-imds");
    let answered = in_container(&instance, ASK);
    assert!(answered.contains("401"), "{answered}");
    assert!(!instance.sh("iptables-save; ip6tables-save").contains("JETWAY-IMDS"));
}

/// A scope stands for a container: where the kernel has the second version of control groups, Docker makes one for each, with
/// these settings.
#[test]
fn what_is_kept_from_metadata_is_ended_after_the_agent_when_the_system_goes_down() {
    let fleet = Fleet::of(1).serving();
    let instance = fleet.instance();
    let settings = "/etc/systemd/system/jetway-agent.service.d";
    let after = "ExecStopPost=+/bin/sh -c \"systemctl is-active docker-0.scope >/root/scope\"";
    instance.sh(&format!("mkdir -p {settings} && printf '[Service]\\n{after}\\n' >{settings}/scope.conf"));
    let scope = "systemd-run --scope --unit docker-0 --slice jetway.slice --property DefaultDependencies=no";
    instance.sh(&format!("systemctl daemon-reload && systemctl start jetway.slice; {scope} sleep infinity >&- 2>&- &"));
    instance.once("systemctl is-active docker-0.scope");
    instance.suffers("machines/reboot", json!({}));
    // The machine may still be going down when it is there.
    let found = eventually("what was there is told", PATIENCE, || {
        let found = instance.shell("cat /root/scope").stdout;
        (!found.is_empty()).then_some(found)
    });
    assert_eq!(String::from_utf8_lossy(&found).trim(), "active");
}

/// What a command says that runs in the application's container, which uses the host's network, as its root.
fn in_container(instance: &Instance<'_>, command: &str) -> String {
    let id = instance.sh("docker ps --quiet");
    instance.receives("/bin/busybox", "/root/busybox");
    instance.sh(&format!("docker cp /root/busybox {id}:/busybox"));
    let output = instance.shell(&format!("docker exec {id} {command}"));
    String::from_utf8_lossy(&output.stderr).into_owned()
}
