//! The agent's own accidents while a release serves: the containers never notice.

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::instance::Instance;
use jetway_tests::shared::{GREETING, Loan, USER};

/// dpkg puts the package together again from what is installed, as a newer one, and installs it.
const REINSTALL: &str = "cp /root/jetway-agent.deb /root/next.deb && dpkg --install /root/next.deb";

#[test]
fn a_user_that_is_not_root_serves_a_release_whose_config_is_files() {
    let loan = Loan::take();
    let instance = loan.instance();
    let (_, page) = instance.get("/").unwrap();
    assert!(page.contains(GREETING), "{page}");
    let status = instance.sh("cat /proc/$(systemctl show --property MainPID --value jetway-agent)/status");
    for line in ["Uid:\t727\t727\t727\t727", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(status.contains(line), "{line} in {status}");
    }
    // What cannot be dumped belongs to root in /proc, and nobody else may look into its memory.
    assert_eq!(
        instance.sh("stat --format %U /proc/$(systemctl show --property MainPID --value jetway-agent)/mem"),
        "root"
    );
    assert_eq!(instance.sh("stat --file-system --format %T /run/jetway"), "tmpfs");
    let read = format!("setpriv --reuid {USER} --clear-groups cat /run/jetway/config/*/web/GREETING");
    let reader = instance.shell(&read);
    assert!(!reader.status.success() && reader.stdout.is_empty(), "{reader:?}");
}

#[test]
fn f14_f18_neither_a_killed_nor_a_stopped_nor_an_upgraded_agent_touches_a_container() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    let requests = instance.requests("/version");
    for script in ["systemctl kill --signal KILL jetway-agent", "systemctl restart jetway-agent", REINSTALL] {
        let agent = instance.unit("MainPID");
        instance.sh(script);
        another_than(&instance, &agent);
        assert_eq!(instance.process(), before, "{script}");
    }
    assert!(requests.has_no_failure() > 20);
}

#[test]
fn f15_an_agent_that_hangs_is_replaced_by_its_watchdog_and_the_container_serves_on() {
    let loan = Loan::take();
    let instance = loan.instance();
    let settings = "/run/systemd/system/jetway-agent.service.d";
    instance.sh(&format!(
        "mkdir -p {settings} && printf '[Service]\\nWatchdogSec=8\\n' > {settings}/watchdog.conf && \
         systemctl daemon-reload && systemctl restart jetway-agent"
    ));
    let (before, agent) = (instance.process(), instance.unit("MainPID"));
    instance.sh("systemctl kill --signal STOP jetway-agent");
    another_than(&instance, &agent);
    assert!(instance.sh("journalctl --no-pager --unit jetway-agent").contains("Watchdog timeout"));
    assert_eq!(instance.process(), before);
    instance.sh(&format!("rm -r {settings} && systemctl daemon-reload"));
}

/// A user who may not speak to Docker shows that the second does not even try.
#[test]
fn f17_a_second_agent_says_who_is_first_and_ends_before_it_asks_docker_or_aws() {
    let loan = Loan::take();
    let instance = loan.instance();
    let (before, agent) = (instance.process(), instance.unit("MainPID"));
    let asked = instance.metadata_requests().len();
    let second = instance.shell("cd / && setpriv --reuid jetway --regid jetway --clear-groups jetway-agent run");
    assert_eq!(second.status.code(), Some(75), "{second:?}");
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(told.starts_with("error: another jetway-agent") && told.contains(&agent), "{told}");
    let by_second = instance.metadata_requests().split_off(asked);
    let boots = |path: &str| path.contains("instance-identity");
    assert!(!by_second.iter().any(|each| boots(each["path"].as_str().unwrap())), "{by_second:?}");
    assert_eq!((instance.process(), instance.unit("MainPID")), (before, agent));
}

#[test]
fn an_agent_that_root_starts_by_hand_is_refused_and_leaves_nothing_that_would_be_in_the_way_of_the_unit() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.sh("systemctl stop jetway-agent");
    let told = instance.shell("timeout 20 jetway-agent run");
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("`/run/jetway` belongs to user 727, and this is user 0"), "{told}");
    assert!(told.contains("hint: `systemctl start jetway-agent`"), "{told}");
    assert_eq!(instance.sh("find /run/jetway -user root"), "");
    instance.sh("systemctl start jetway-agent");
    instance.serves();
    assert_eq!(instance.process(), before);
}

#[test]
fn f19_a_wrong_binary_costs_the_container_nothing_and_is_forgotten_once_it_is_right() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.sh("mv /usr/bin/jetway-agent /root/ && cp /bin/false /usr/bin/jetway-agent");
    instance.shell("systemctl restart jetway-agent");
    eventually("systemd goes on trying", PATIENCE, || {
        instance.unit("NRestarts").parse::<u32>().is_ok_and(|count| count > 5).then_some(())
    });
    let told = instance.shell("/root/jetway-agent status");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.starts_with("not healthy: jetway-agent.service is starting ("), "{told}");
    assert!(told.contains(": nobody watches the containers\n"), "{told}");
    assert!(told.contains("to do: its log says why: journalctl -u jetway-agent -n 50"), "{told}");
    instance.sh("cp /root/jetway-agent /usr/bin/jetway-agent");
    instance.serves();
    assert_eq!(instance.process(), before);
}

/// The agent of such an instance is never ready, and whoever waits for that waits for ever.
#[test]
fn f35_an_instance_that_lost_its_boot_file_is_upgraded_and_serves_again_once_the_file_is_back() {
    let loan = Loan::take();
    let instance = loan.instance();
    let before = instance.process();
    instance.sh("mv /etc/jetway/boot.json /root/ && systemctl restart --no-block jetway-imds jetway-agent");
    eventually("the agent misses its boot file", PATIENCE, || {
        instance.unit("StatusText").contains("there is no boot file").then_some(())
    });
    let guard = "systemctl show --property ActiveState --value jetway-imds";
    assert_eq!(instance.sh(guard), "inactive");
    let by_hand = instance.shell("timeout 20 jetway-agent run");
    assert_eq!(by_hand.status.code(), Some(1), "a person is told, and does not wait: {by_hand:?}");
    let agent = instance.unit("MainPID");
    instance.sh("timeout 60 dpkg --install /root/jetway-agent.deb");
    eventually("the new agent runs", PATIENCE, || (instance.unit("MainPID") != agent).then_some(()));
    instance.sh("mv /root/boot.json /etc/jetway/");
    instance.serves();
    assert_eq!((instance.sh(guard).as_str(), instance.process()), ("active", before));
}

/// Waits until another agent than that process is ready.
#[track_caller]
fn another_than(instance: &Instance<'_>, agent: &str) {
    eventually("another agent is ready", PATIENCE, || {
        let is_other = instance.shell("systemctl is-active jetway-agent").status.success();
        (is_other && instance.unit("MainPID") != agent && instance.status()["healthy"] == true).then_some(())
    });
}
