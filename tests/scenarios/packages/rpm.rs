//! The .rpm by real rpm, and by the `jetway install` that stores it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use jetway_tests::aws::Aws;
use jetway_tests::packages::{System, make, outcome, package, packages};

use super::{BOTH_ENABLED, FILES, enabled, files, is_set_up};

#[track_caller]
fn next_revision(folder: &tempfile::TempDir) -> PathBuf {
    let out = folder.path().join("out");
    make(&["PROFILE=dev", "REVISION=2", "PARTS=rpm", &format!("OUT={}", out.display())]).succeeds();
    package(&out, ".rpm")
}

/// A system with the package; what it requires has Debian's packages here, of which rpm knows nothing.
#[track_caller]
fn installed() -> System {
    let system = System::new();
    let rpm = system.put(&package(packages(), ".rpm"));
    system.run(&format!("rpm --install --nodeps {rpm}")).succeeds();
    system
}

#[test]
fn its_digests_are_right() {
    let rpm = package(packages(), ".rpm");
    let told = outcome(Command::new("rpm").args(["--checksig", "--verbose"]).arg(&rpm)).succeeds();
    told.prints("Header SHA256 digest: OK").prints("Payload SHA256 digest: OK");
}

#[test]
fn a_first_installation_makes_user_folder_and_settings_and_enables_the_units() {
    let system = installed();
    assert_eq!(files(&system), FILES);
    assert_eq!(enabled(&system), BOTH_ENABLED);
    is_set_up(&system);
    assert_eq!(system.read("rpm --verify --nodeps jetway-agent"), "");
}

#[test]
fn an_upgrade_keeps_what_people_have_changed_and_a_removal_what_containers_need() {
    let system = installed();
    system.run("systemctl disable jetway-imds.service && echo '{}' >/etc/docker/daemon.json").succeeds();
    let folder = tempfile::tempdir().unwrap();
    let next = system.put(&next_revision(&folder));
    system.run(&format!("rpm --upgrade --nodeps {next}")).succeeds();
    assert_eq!(system.read("rpm --query --queryformat '%{RELEASE}' jetway-agent"), "2");
    assert_eq!(files(&system), FILES);
    assert_eq!(enabled(&system), "./multi-user.target.wants/jetway-agent.service\n");
    system.run("rpm --erase jetway-agent").succeeds();
    assert!(files(&system).lines().all(|line| line.contains("No such file")), "{}", files(&system));
    assert_eq!(enabled(&system), "");
    assert_eq!(system.read("cat /etc/docker/daemon.json"), "{}\n");
    system.run("getent passwd jetway && test -d /etc/jetway").succeeds();
}

#[test]
fn it_goes_into_the_folder_of_another_system() {
    let root = tempfile::tempdir().unwrap();
    let rpm = package(packages(), ".rpm");
    let mut command = Command::new("rpm");
    command.arg("--root").arg(root.path()).args(["--install", "--nodeps", "--noscripts"]).arg(&rpm);
    outcome(&mut command).succeeds();
    for file in FILES.lines().filter_map(|line| line.split(' ').next_back()) {
        assert!(root.path().join(&file[1..]).is_file(), "{file}");
    }
}

#[test]
fn install_stores_it_and_refuses_what_is_no_package_of_the_agent() {
    let aws = Aws::start();
    let rpm = package(packages(), ".rpm");
    fs::copy(&rpm, aws.path().join("agent.rpm")).unwrap();
    fs::copy(package(packages(), ".deb"), aws.path().join("agent.deb")).unwrap();
    let whole = fs::read(&rpm).unwrap();
    aws.file("cut.rpm", &whole[..whole.len() - 1]);
    aws.file("begun.rpm", &whole[..100]);
    for (file, told) in [
        ("agent.deb", "agent.deb: is a package for Debian"),
        ("cut.rpm", "cut.rpm: is damaged: it has not the payload that its header names"),
        ("begun.rpm", "begun.rpm: is no RPM package"),
    ] {
        aws.jetway(&["install", "--yes", "--agent-package", file]).exits(2).says(told);
    }
    assert_eq!(aws.calls("CreateStack"), 0);
    let processor = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    let said = format!("jetway-agent {}-1 for {processor} is stored", env!("CARGO_PKG_VERSION"));
    aws.jetway(&["install", "--yes", "--agent-package", "agent.rpm"]).succeeds().says(&said);
}
