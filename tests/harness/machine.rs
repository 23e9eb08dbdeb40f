//! A machine with systemd, Docker and the agent's package, whose boot file names a store on its own disk: what the agent is under
//! systemd, without AWS. It needs root and a Docker engine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::docker::Docker;
use crate::eventually;
use crate::programs::root;
use crate::world::World;

/// How long a machine may take for what takes seconds when nothing else runs.
pub const PATIENCE: u64 = 90;
/// Where its store and key are.
const LAB: &str = "/var/lib/lab";
/// The agent may write nowhere but in its run folder; this store is on the machine itself.
const DROP_IN: &str = "[Service]\nExecStartPre=+/bin/chown -R jetway /var/lib/lab\nReadWritePaths=/var/lib/lab\n";
/// All but one that a machine that runs tests may lack, and then cannot give.
const RIGHTS: [&str; 7] = [
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=systempaths=unconfined",
    "--device-cgroup-rule=a *:* rwm",
    "--cgroupns=private",
];
const FOLDERS: [&str; 4] = ["--tmpfs=/run:exec", "--tmpfs=/run/lock", "--tmpfs=/tmp:exec", "--volume=/var/lib/docker"];

/// A machine that runs.
pub struct Machine {
    name: String,
    docker: Docker,
}

impl Machine {
    /// A machine that is to run what is live in `world`, with more lines for the agent's unit and fields for its boot file.
    #[track_caller]
    pub fn of(world: &World, unit: &str, boot_file: &Value) -> Self {
        let machine = Self { name: format!("jetway-unit-{}", world.application()), docker: Docker::default() };
        let name = machine.name.as_str();
        let mut create = vec!["create", "--tty", "--name", name, "--hostname", "machine"];
        create.extend(RIGHTS.into_iter().chain(FOLDERS));
        create.push(image());
        machine.docker.ok(&create);
        let files = tempfile::tempdir().unwrap();
        lay_out(world, files.path(), unit, boot_file);
        machine.docker.ok(&["cp", &format!("{}/.", files.path().display()), &format!("{name}:/")]);
        machine.power_on();
        machine
    }

    /// Starts it, and waits until its system has booted.
    #[track_caller]
    pub fn power_on(&self) {
        self.docker.ok(&["start", &self.name]);
        let process = self.docker.inspect(&self.name)["State"]["Pid"].to_string();
        // The address of instance metadata, which the system waits for; nobody answers there.
        let mut address = Command::new("nsenter");
        address.args(["--target", &process, "--net", "ip", "address", "add", "169.254.169.254/32", "dev", "lo"]);
        assert!(address.status().unwrap().success(), "machines get an address: run this as root, with iproute2");
        eventually("systemd answers", PATIENCE, || self.shell("systemctl list-jobs").status.success().then_some(()));
    }

    /// Waits until its system has gone down, and boots it again.
    #[track_caller]
    pub fn boots_again(&self) {
        eventually("the system has gone down", PATIENCE, || {
            (self.docker.inspect(&self.name)["State"]["Running"] == false).then_some(())
        });
        self.power_on();
    }

    /// Runs a script of a shell in it, as root.
    pub fn shell(&self, script: &str) -> Output {
        self.docker.run(&["exec", &self.name, "sh", "-c", script])
    }

    /// What a script that must succeed printed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        let output = self.shell(script);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{told}{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The agent's own status, as an admin on the machine asks for it.
    pub fn status(&self) -> Value {
        serde_json::from_slice(&self.shell("jetway-agent status --json").stdout).unwrap_or(Value::Null)
    }

    /// Waits until the release serves, and an agent watches it.
    #[track_caller]
    pub fn serves(&self) {
        eventually("the release serves", PATIENCE, || (self.status()["healthy"] == true).then_some(()));
    }

    /// The process of the application's container: what no accident of the agent's may change.
    #[track_caller]
    pub fn process(&self) -> String {
        self.sh("docker inspect --format '{{.State.Pid}} {{.State.StartedAt}}' $(docker ps --quiet --no-trunc)")
    }

    /// One of the properties of the agent's unit.
    #[track_caller]
    pub fn unit(&self, property: &str) -> String {
        self.sh(&format!("systemctl show --property {property} --value jetway-agent"))
    }
}

/// The machine goes, with its disk.
impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.shell("systemctl status --no-pager jetway-agent docker; journalctl --no-pager -n 60");
            eprintln!("{}", String::from_utf8_lossy(&log.stdout));
        }
        let _ = self.docker.run(&["rm", "--force", "--volumes", &self.name]);
    }
}

/// What the machine finds on its disk: store, key, boot file, and a unit that may write there.
#[track_caller]
fn lay_out(world: &World, files: &Path, unit: &str, fields: &Value) {
    let lab = files.join(LAB.trim_start_matches('/'));
    fs::create_dir_all(&lab).unwrap();
    let mut copy = Command::new("cp");
    copy.arg("-r").args([world.home().join("store"), world.home().join("key")]).arg(&lab);
    assert!(copy.status().unwrap().success());
    let mut boot: Value = serde_json::from_slice(&fs::read(world.run_dir("boot.json")).unwrap()).unwrap();
    boot["platform"] = json!({ "kind": "local", "store": format!("{LAB}/store"), "key": format!("{LAB}/key") });
    boot.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let write = |path: &str, text: &str| {
        let path = files.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("etc/jetway/boot.json", &boot.to_string());
    write("etc/systemd/system/jetway-agent.service.d/lab.conf", &format!("{DROP_IN}{unit}"));
    write("etc/cloud/cloud-init.disabled", "");
}

/// The image of machines, with the package of the agent that was built.
#[track_caller]
pub(crate) fn image() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| {
        assert!(rustix::process::geteuid().is_root(), "machines get network namespaces of their own: run this as root");
        let output = Command::new(root().join("tests/lab/instance/image.sh")).output().unwrap();
        assert!(output.status.success(), "image.sh: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}
