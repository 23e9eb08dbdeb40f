//! `imds = "deny"`: the release's containers get nothing of instance metadata, and the agent goes on.

use jetway_tests::fleet::Fleet;
use jetway_tests::instance::Instance;
use serde_json::json;

/// What answers with 401 to whoever brings no token.
const ASK: &str = "/busybox wget -q -O - http://169.254.169.254/latest/meta-data/instance-id";

#[test]
fn metadata_is_denied_to_a_container_that_is_root_and_not_to_the_agent() {
    let root = "[environments.qa]\nimds = \"deny\"\ncontainers.web.user = \"0\"\n";
    let fleet = Fleet::of(1).manifest(root).serving();
    let instance = fleet.instance();
    let refused = in_container(&instance, ASK);
    assert!(refused.contains("Connection refused"), "{refused}");
    let agent = "setpriv --reuid jetway --regid jetway --clear-groups curl --silent --max-time 5 --output /dev/null \
                 http://169.254.169.254/";
    instance.sh(agent);
    instance.sh("systemctl restart jetway-imds");
    assert_eq!(instance.sh("iptables --list-rules OUTPUT | grep --count JETWAY-IMDS"), "1");
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
    instance.once("test -s /root/scope");
    assert_eq!(instance.sh("cat /root/scope"), "active");
}

/// What a command says that runs in the application's container, which uses the host's network, as its root.
fn in_container(instance: &Instance<'_>, command: &str) -> String {
    let id = instance.sh("docker ps --quiet");
    instance.receives("/bin/busybox", "/root/busybox");
    instance.sh(&format!("docker cp /root/busybox {id}:/busybox"));
    let output = instance.shell(&format!("docker exec {id} {command}"));
    String::from_utf8_lossy(&output.stderr).into_owned()
}
