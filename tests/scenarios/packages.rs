//! The packages that `make package` makes: what is in them, and what installing, upgrading and removing them does.

mod ami;
mod contents;
mod deb;
mod requests;
mod rpm;

use jetway_tests::packages::System;

/// Files and links of the package, apart from manual and licence, as `mode owner path`.
const FILES: &str = "\
755 root:root /usr/bin/jetway-agent
644 root:root /usr/lib/systemd/system/jetway-agent.service
644 root:root /usr/lib/systemd/system/jetway-imds.service
644 root:root /usr/lib/systemd/system/jetway.slice
644 root:root /usr/lib/sysusers.d/jetway.conf
644 root:root /usr/lib/tmpfiles.d/jetway.conf
755 root:root /usr/libexec/jetway-agent/setup
644 root:root /usr/share/jetway-agent/daemon.json
";

/// What `stat` says of the package's files, those that are missing told as such.
#[track_caller]
fn files(system: &System) -> String {
    let paths: Vec<_> = FILES.lines().filter_map(|line| line.split(' ').next_back()).collect();
    system.read(&format!("stat --format '%a %U:%G %n' {} 2>&1 || true", paths.join(" ")))
}

/// Which of the units start with the system.
#[track_caller]
fn enabled(system: &System) -> String {
    system.read("cd /etc/systemd/system && find . -name 'jetway*' -lname '/*lib/systemd/system/jetway*' | sort")
}

const BOTH_ENABLED: &str =
    "./multi-user.target.wants/jetway-agent.service\n./multi-user.target.wants/jetway-imds.service\n";

/// Fails unless user, folder and Docker's settings are as the package makes them.
#[track_caller]
fn is_set_up(system: &System) {
    assert_eq!(system.read("getent passwd jetway"), "jetway:x:727:727:Jetway agent:/:/usr/sbin/nologin\n");
    assert_eq!(system.read("stat --format '%a %U:%G' /etc/jetway"), "755 root:root\n");
    system.run("cmp /usr/share/jetway-agent/daemon.json /etc/docker/daemon.json").succeeds();
    assert_eq!(system.read("stat --format '%a %U:%G' /etc/docker/daemon.json"), "644 root:root\n");
    system.run("jetway-agent --version").succeeds().prints("jetway-agent ");
}
