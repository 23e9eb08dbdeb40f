//! The .deb in a clean Debian, by real dpkg and apt.

use std::path::PathBuf;

use jetway_tests::packages::{System, make, package, packages};
use jetway_tests::programs::root;

use super::{BOTH_ENABLED, FILES, enabled, files, is_set_up};

/// A package of the same version with a higher revision.
#[track_caller]
fn next_revision(folder: &tempfile::TempDir) -> PathBuf {
    let out = folder.path().join("out");
    make(&["PROFILE=dev", "REVISION=2", "PARTS=deb", &format!("OUT={}", out.display())]).succeeds();
    package(&out, ".deb")
}

#[track_caller]
fn installed() -> (System, String) {
    let system = System::new();
    let deb = system.put(&package(packages(), ".deb"));
    // apt, without lists and network: nothing is missing that the package needs.
    system.run(&format!("apt-get install --yes {deb}")).succeeds();
    (system, deb)
}

#[test]
fn a_first_installation_makes_user_folder_and_settings_and_enables_the_units() {
    let (system, deb) = installed();
    assert_eq!(files(&system), FILES);
    assert_eq!(enabled(&system), BOTH_ENABLED);
    is_set_up(&system);
    assert_eq!(system.read("dpkg --verify jetway-agent"), "");
    system.run("zcat /usr/share/man/man8/jetway-agent.8.gz").succeeds().prints(".TH JETWAY-AGENT 8");
    system.run("cat /usr/share/doc/jetway-agent/copyright").succeeds().prints("Apache License");
    system.run(&format!("dpkg --install {deb}")).succeeds();
    assert_eq!(enabled(&system), BOTH_ENABLED);
    is_set_up(&system);
}

#[test]
fn an_upgrade_keeps_what_people_have_changed() {
    let (system, _) = installed();
    system.run("systemctl disable jetway-imds.service && echo '{}' >/etc/docker/daemon.json").succeeds();
    let folder = tempfile::tempdir().unwrap();
    let next = system.put(&next_revision(&folder));
    system.run(&format!("apt-get install --yes {next}")).succeeds();
    assert_eq!(
        system.read("dpkg-query --show --showformat '${Version}' jetway-agent"),
        concat!(env!("CARGO_PKG_VERSION"), "-2")
    );
    assert_eq!(enabled(&system), "./multi-user.target.wants/jetway-agent.service\n");
    assert_eq!(system.read("cat /etc/docker/daemon.json"), "{}\n");
}

#[test]
fn own_settings_of_docker_are_left_alone() {
    let system = System::new();
    system.run("mkdir -p /etc/docker && ln -s /srv/elsewhere.json /etc/docker/daemon.json").succeeds();
    let deb = system.put(&package(packages(), ".deb"));
    system.run(&format!("dpkg --install {deb}")).succeeds();
    assert_eq!(
        system.read("readlink /etc/docker/daemon.json; ls /srv"),
        "/srv/elsewhere.json\n".to_owned() + &deb[5..] + "\n"
    );
}

#[test]
fn a_removal_takes_the_program_and_leaves_what_containers_need_and_a_purge_the_units_too() {
    let (system, deb) = installed();
    system.run("echo '{}' >/etc/jetway/boot.json").succeeds();
    system.run("apt-get remove --yes jetway-agent").succeeds();
    assert!(files(&system).lines().all(|line| line.contains("No such file")), "{}", files(&system));
    let kept = "cat /etc/jetway/boot.json && test -s /etc/docker/daemon.json && getent passwd jetway";
    system.run(kept).succeeds();
    system.run(&format!("dpkg --install {deb}")).succeeds();
    assert_eq!(enabled(&system), BOTH_ENABLED);
    system.run("apt-get purge --yes jetway-agent").succeeds();
    assert_eq!(enabled(&system), "");
    assert_eq!(system.read("find /etc/systemd /usr/libexec /var/lib/systemd /run/systemd -name '*jetway*'"), "");
    system.run(kept).succeeds();
}

#[test]
fn without_docker_it_is_not_configured_and_says_why() {
    let system = System::new();
    system.run("dpkg --remove --force-depends docker.io").succeeds();
    let deb = system.put(&package(packages(), ".deb"));
    let told = system.run(&format!("dpkg --install {deb}")).exits(1);
    told.says("jetway-agent depends on docker.io | docker-ce | moby-engine");
}

#[test]
fn the_units_are_such_as_systemd_of_the_system_reads_without_a_warning() {
    let (system, _) = installed();
    let units = "jetway-agent.service jetway-imds.service jetway.slice";
    assert_eq!(system.run(&format!("systemd-analyze verify {units}")).succeeds().all(), "");
    let shipped = root().join("packaging/docker/daemon.json");
    assert_eq!(system.read("cat /etc/docker/daemon.json"), std::fs::read_to_string(shipped).unwrap());
}
