//! The script that bakes AMIs, run for real: by dnf, with a repository whose packages have Amazon Linux's names, in a Debian that
//! brings the programs themselves.

use std::fs;
use std::process::Command;

use jetway_tests::booted::Booted;
use jetway_tests::docker::Docker;
use jetway_tests::images::{hello, save};
use jetway_tests::outcome::Outcome;
use jetway_tests::packages::{System, outcome, package, packages};
use jetway_tests::programs::root;

use super::{BOTH_ENABLED, FILES, enabled, files, is_set_up};

const SCRIPT: &str = "packaging/ami/provision.sh";

/// A system that knows the repository, of which a newer release is there.
#[track_caller]
fn before() -> System {
    let system = System::new();
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    for (release, editions) in [("2023.0", &["1"][..]), ("latest", &["1", "2"])] {
        let mut make = Command::new(root().join("tests/lab/amazon-linux/repository.sh"));
        outcome(make.arg(repository.join(release)).args(editions)).succeeds();
    }
    system.put(&repository);
    system.put(&root().join(SCRIPT));
    let source = "[amazonlinux]\nname=Amazon Linux\nbaseurl=file:///srv/repository/$releasever\ngpgcheck=0\n";
    system
        .run(&format!("mkdir -p /etc/yum.repos.d && printf '%s' '{source}' >/etc/yum.repos.d/amazonlinux.repo"))
        .succeeds();
    system
}

/// The same, as an instance of Amazon Linux that has lived.
#[track_caller]
fn amazon_linux() -> System {
    let system = before();
    system.run("dnf --assumeyes --releasever=2023.0 install system-release glibc systemd ca-certificates").succeeds();
    for used in [
        "systemctl disable docker.service",
        "echo 0123456789abcdef0123456789abcdef >/etc/machine-id",
        "mkdir -p /etc/ssh && echo secret >/etc/ssh/ssh_host_ed25519_key && echo public >/etc/ssh/ssh_host_ed25519_key.pub",
        "mkdir -p /var/lib/cloud/instances/i-1/sem /var/log/journal/0123 && ln -sfn instances/i-1 /var/lib/cloud/instance",
        "echo line | tee /var/log/cloud-init.log /var/log/messages /var/log/journal/0123/system.journal",
        "echo seed >/var/lib/systemd/random-seed && echo typed >/root/.bash_history",
    ] {
        system.run(used).succeeds();
    }
    system
}

#[track_caller]
fn sha256(system: &System, file: &str) -> String {
    system.read(&format!("sha256sum {file}"))[..64].to_owned()
}

#[test]
fn a_used_amazon_linux_becomes_the_system_of_an_ami() {
    let system = amazon_linux();
    let rpm = system.put(&package(packages(), ".rpm"));
    let provision = format!("bash /srv/provision.sh {rpm} {}", sha256(&system, &rpm));
    // Twice: who changes the AMI's sources runs it over what was baked.
    for _ in 0..2 {
        let said = concat!("provision: done: jetway-agent-", env!("CARGO_PKG_VERSION"), "-1.");
        system.run(&provision).succeeds().says(said);
        assert_eq!(system.read("rpm --query --queryformat '%{VERSION}' system-release"), "2", "it was not upgraded");
        system.run("rpm --query docker amazon-cloudwatch-agent").succeeds();
        system.run("systemctl is-enabled docker.service").succeeds();
        assert_eq!(files(&system), FILES);
        assert_eq!(enabled(&system), BOTH_ENABLED);
        is_set_up(&system);
        assert_eq!(
            system.read("stat --format '%s' /etc/machine-id"),
            "0\n",
            "absent, the next boot would be the first"
        );
        let left = "ls -d /etc/ssh/ssh_host_* /var/lib/cloud/instance* /var/lib/systemd/random-seed /root/.bash_history \
                    /var/log/journal/* 2>/dev/null; find /var/log -type f -size +0; find /tmp -name '*.rpm'";
        assert_eq!(system.run(left).stdout, "");
    }
}

#[test]
fn what_cannot_be_baked_is_told_and_changes_nothing() {
    let system = amazon_linux();
    let rpm = system.put(&package(packages(), ".rpm"));
    let wrong = "0".repeat(64);
    for (arguments, told) in [
        (String::new(), "usage: provision.sh PACKAGE SHA256 [ARCHIVE...]".to_owned()),
        (format!("/srv/absent.rpm {wrong}"), "there is no file /srv/absent.rpm".to_owned()),
        (format!("{rpm} {wrong}"), format!("{rpm} has not the checksum {wrong}")),
        (format!("https://packages.invalid/a.rpm {wrong}"), "a.rpm cannot be downloaded".to_owned()),
        (format!("{rpm} {} /srv/absent.tar", sha256(&system, &rpm)), "there is no file /srv/absent.tar".to_owned()),
    ] {
        system.run(&format!("bash /srv/provision.sh {arguments}")).exits(1).says(&told);
    }
    system.run("rpm --query docker || rpm --query jetway-agent").exits(1);
    assert_eq!(system.read("rpm --query --queryformat '%{VERSION}' system-release"), "1");
}

#[test]
fn another_system_is_refused_by_name() {
    let system = before();
    let told = system.run("bash /srv/provision.sh /srv/a.rpm 0").exits(1);
    told.says("this is Debian GNU/Linux 12 (bookworm), and the AMI is to be Amazon Linux 2023");
}

/// Bakes an AMI with this as the archive of an image, on a system whose Docker runs.
#[track_caller]
fn bake(system: &System, archive: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    fs::write(&path, archive).unwrap();
    let archive = system.put(&path);
    let rpm = system.put(&package(packages(), ".rpm"));
    system.put(&root().join(SCRIPT));
    system.run(&format!("bash /srv/provision.sh {rpm} {} {archive}", sha256(system, &rpm)))
}

#[test]
fn an_image_is_in_docker_once_it_is_baked_and_docker_runs_again() {
    let system = Booted::new();
    let baked = bake(&system, &save(&Docker::default(), &hello(1))).succeeds();
    baked.says("provision: loaded hello-test:1\n").says("provision: done: ");
    let stopped = system.run("systemctl is-active docker.service docker.socket containerd.service").exits(3);
    assert_eq!(stopped.stdout, "inactive\ninactive\ninactive\n");
    system.run("ls /var/lib/docker/engine-id").exits(2);
    system.run("systemctl start docker.service").succeeds();
    assert_eq!(system.read("docker images --format '{{.Repository}}:{{.Tag}}'"), "hello-test:1\n");
    assert_eq!(system.read("docker ps --all --quiet"), "");
}

#[test]
fn what_is_no_image_for_the_ami_is_told_by_its_file() {
    let system = Booted::new();
    let whole = save(&Docker::default(), &hello(1));
    bake(&system, &whole[..whole.len() / 2]).exits(1).says("provision: Docker cannot load /srv/image.tar: ");
    bake(&system, b"").exits(1).says("provision: Docker cannot load /srv/image.tar: ");
    let damaged = replaced(&whole, "HELLO_MODE", "HELLO_MADE");
    let refused = bake(&system, &damaged).exits(1).says("provision: Docker cannot load /srv/image.tar: ");
    refused.says("wrong diff id");
    let (here, other) = if cfg!(target_arch = "x86_64") { ("amd64", "arm64") } else { ("arm64", "amd64") };
    let foreign = replaced(&whole, &format!(r#""architecture":"{here}""#), &format!(r#""architecture":"{other}""#));
    let told = format!("provision: hello-test:1 in /srv/image.tar is not for {here}, this machine's processor");
    bake(&system, &foreign).exits(1).says(&told);
}

#[test]
fn a_docker_that_would_not_use_baked_images_is_refused() {
    let system = Booted::new();
    system.run("mkdir -p /etc/docker && echo '{}' >/etc/docker/daemon.json").succeeds();
    let refused = bake(&system, &save(&Docker::default(), &hello(1))).exits(1);
    refused.says(
        "instances could not use what Docker has loaded into its own image store: set \"containerd-snapshotter\"",
    );
    assert_eq!(system.read("docker images --quiet"), "");
}

#[test]
fn a_docker_that_makes_no_container_of_an_image_that_it_loads_is_told() {
    let system = Booted::new();
    // On an overlay, where containerd unpacks layers and cannot put one above the other.
    let unit = "/etc/systemd/system/containerd.service.d/lab.conf";
    system.run(&format!("sed -i s,/var/lib/docker/containerd,/srv/containerd, {unit}")).succeeds();
    system.run("systemctl daemon-reload && systemctl restart containerd.service").succeeds();
    let refused = bake(&system, &save(&Docker::default(), &hello(1))).exits(1);
    refused.says("provision: Docker makes no container of hello-test:1 from /srv/image.tar: ");
}

/// The bytes with every `old` as `new`, which is as long: Docker 20.10 writes the processor more than once, in any order.
fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let places: Vec<_> = (0..bytes.len()).filter(|place| bytes[*place..].starts_with(old)).collect();
    assert!(!places.is_empty() && old.len() == new.len());
    let mut bytes = bytes.to_vec();
    for place in places {
        bytes[place..place + new.len()].copy_from_slice(new);
    }
    bytes
}
