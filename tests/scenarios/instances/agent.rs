//! The agent's own accidents while a release serves: the containers never notice.

use jetway_tests::eventually;
use jetway_tests::fleet::{Fleet, PATIENCE};

#[test]
fn neither_a_killed_nor_a_stopped_nor_an_upgraded_agent_touches_a_container() {
    let fleet = Fleet::of(1).serving();
    let instance = fleet.instance();
    let before = instance.process();
    let requests = fleet.requests("/version");
    for script in ["systemctl kill --signal KILL jetway-agent", "systemctl restart jetway-agent", REINSTALL] {
        let agent = instance.sh("systemctl show --property MainPID --value jetway-agent");
        instance.sh(script);
        eventually(&format!("another agent is ready after: {script}"), PATIENCE, || {
            let other = instance.shell("systemctl is-active jetway-agent").status.success()
                && instance.sh("systemctl show --property MainPID --value jetway-agent") != agent;
            (other && instance.status()["healthy"] == true).then_some(())
        });
        assert_eq!(instance.process(), before, "{script}");
    }
    assert!(requests.has_no_failure() > 20);
}

/// dpkg puts the package together again from what is installed, as a newer one, and installs it.
const REINSTALL: &str = "cp /root/jetway-agent.deb /root/next.deb && dpkg --install /root/next.deb";

#[test]
fn a_second_agent_says_who_is_first_and_ends() {
    let fleet = Fleet::of(1).serving();
    let instance = fleet.instance();
    let before = instance.process();
    let agent = instance.sh("systemctl show --property MainPID --value jetway-agent");
    let second = instance.shell("runuser --user jetway --group jetway --supp-group docker -- jetway-agent run");
    assert_eq!(second.status.code(), Some(75), "{second:?}");
    assert!(String::from_utf8_lossy(&second.stderr).contains(&agent), "{second:?}");
    assert_eq!(instance.process(), before);
}
