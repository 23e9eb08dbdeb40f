//! Amazon Linux as AWS publishes it, booted by systemd, with Docker 26.1: what an AMI is baked on. Needs root.

use std::fs;
use std::ops::Deref;
use std::process::Command;

use crate::eventually;
use crate::packages::{System, outcome};
use crate::programs::{program, root};

/// Docker and containerd of Debian 13 in the units of this one. containerd's data is where Docker's is: on no overlay, on which it
/// could put none.
const UNITS: [(&str, &str); 2] = [
    ("docker", "/usr/local/sbin/dockerd --host fd:// --containerd /run/containerd/containerd.sock"),
    ("containerd", "/usr/local/sbin/containerd --root /var/lib/docker/containerd"),
];
/// There is no instance metadata for it, for which it would wait.
const NO_CLOUD_INIT: &str = "touch /etc/cloud/cloud-init.disabled";
/// For which the machine waits before it becomes systemd.
const BOOT: &str = "ip address add 169.254.169.254/32 dev lo";

/// A system that systemd runs.
pub struct Booted(System);

impl Booted {
    /// A new one, without network; its Docker is not enabled.
    #[track_caller]
    pub fn new() -> Self {
        outcome(Command::new(root().join("tests/lab/debian13-engine.sh")).arg("root")).succeeds();
        let mut image = Command::new(root().join("tests/lab/instance/image.sh"));
        image.arg("stock").env("CARGO_TARGET_DIR", program("jetway").parent().unwrap().parent().unwrap());
        let image = outcome(&mut image).succeeds().stdout;
        let options = fs::read_to_string(root().join("tests/lab/instance/options")).unwrap();
        let mut arguments: Vec<String> = options.lines().map(str::to_owned).collect();
        for (folder, name) in [("sbin", "dockerd"), ("bin", "containerd")] {
            let path = root().join("target/debian13/root/usr").join(folder).join(name);
            arguments.push(format!("--volume={}:/usr/local/sbin/{name}:ro", path.display()));
        }
        arguments.extend(["--network=none".to_owned(), image.trim().to_owned()]);
        let system = System::of(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        for (unit, program) in UNITS {
            let folder = format!("/etc/systemd/system/{unit}.service.d");
            let text = format!("[Service]\\nExecStart=\\nExecStart={program}\\n");
            system.run(&format!("mkdir -p {folder} && printf '{text}' >{folder}/lab.conf")).succeeds();
        }
        for command in [NO_CLOUD_INIT, BOOT] {
            system.run(command).succeeds();
        }
        eventually("systemd has booted", 60, || {
            (system.run("systemctl is-active multi-user.target").code == Some(0)).then_some(())
        });
        Self(system)
    }
}

impl Default for Booted {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Booted {
    type Target = System;

    fn deref(&self) -> &System {
        &self.0
    }
}
