//! A disk that fills while a release serves: it serves on, people hear why nothing else works, and room cures it.

use jetway_tests::eventually;
use jetway_tests::fleet::PATIENCE;
use jetway_tests::instance::Instance;
use jetway_tests::shared::Loan;

/// Gives Docker's data a disk that is quickly full. Only what nobody runs can move.
const SMALL: &str =
    "mount -t tmpfs -o size=256m small /mnt && cp -a /var/lib/docker/. /mnt && mount --bind /mnt /var/lib/docker";
const FILL: &str = "dd if=/dev/zero of=/var/lib/docker/filler bs=1M 2>/dev/null || true";
const FULL: &str = "the disk is full: less than 64.0 MB free at /var/lib/docker";

#[test]
fn f72_a_full_disk_costs_what_serves_nothing_is_told_with_what_to_do_and_room_cures_it() {
    let loan = Loan::take();
    let instance = loan.instance();
    with_docker_at_rest(&instance, SMALL);
    let before = instance.process();
    let requests = instance.requests("/version");
    instance.sh(FILL);
    let text = instance.answers("jetway-agent status", 1);
    assert!(text.starts_with(&format!("not healthy: {FULL}")), "{text}");
    assert!(text.contains("to do: free some space: `docker system df` and `df -h` show what uses it"), "{text}");
    let text = instance.answers("jetway-agent doctor", 1);
    assert!(text.contains(&format!("fail  disk          {FULL}")), "{text}");
    eventually("the console and the report say so", PATIENCE, || {
        let is_reported = instance.status()["report"]["failure"]["reason"] == FULL;
        (is_reported && instance.console().contains(FULL)).then_some(())
    });
    eventually("it is told from afar as well", PATIENCE, || {
        let every = loan.jetway(&["status", "qa", "--instances"]).succeeds().stdout;
        let told = [format!("serving, but {FULL}"), format!("{}  in trouble: {FULL}", instance.id())];
        let is_told = told.iter().all(|line| every.contains(line)) && every.contains("to do     free some space");
        let one = loan.jetway(&["status", "qa"]).succeeds().stdout;
        (is_told && one.contains(&format!("trouble: {FULL}"))).then_some(())
    });
    assert_eq!(instance.process(), before);
    assert!(requests.has_no_failure() > 0);

    // What the container leaves is taken as well, before the agent knows that it is gone.
    let last = format!("docker rm --force $(docker ps --quiet) && {}", FILL.replace("filler", "last"));
    let held = |signal: &str| format!("systemctl kill --signal {signal} jetway-agent");
    instance.sh(&format!("{} && {{ {last}; }} && {}", held("STOP"), held("CONT")));
    let told = instance.tells_admin("no space left on device");
    assert!(told.starts_with(&format!("not healthy: {FULL}")), "{told}");
    instance.sh("rm /var/lib/docker/filler /var/lib/docker/last");
    instance.serves();
    eventually("nobody is told of it any more", PATIENCE, || {
        let every = loan.jetway(&["status", "qa", "--instances"]).stdout;
        (!every.contains("trouble") && every.contains("  serving\n")).then_some(())
    });
    with_docker_at_rest(&instance, "umount /var/lib/docker /mnt");
}

/// Runs a script while neither agent nor Docker nor any container runs, and waits until all serve again. systemd counts how often
/// Docker is started, and would stop at three.
#[track_caller]
fn with_docker_at_rest(instance: &Instance<'_>, script: &str) {
    instance.sh(&format!(
        "systemctl stop jetway-agent && docker rm --force $(docker ps --quiet) && \
         systemctl stop docker.socket docker.service && {script} && systemctl reset-failed docker.service && \
         systemctl start docker jetway-agent"
    ));
    instance.serves();
}
