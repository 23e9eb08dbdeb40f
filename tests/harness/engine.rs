//! A Docker engine of a story's own, which may be killed. Needs root.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;

use crate::docker::Docker;
use crate::eventually;

/// How many engines this process has started; each has a network of its own.
static ENGINES: AtomicU8 = AtomicU8::new(0);

/// A private dockerd with its own data, socket and bridge.
pub struct Engine {
    folder: TempDir,
    bridge: String,
    daemon: Option<Child>,
}

impl Engine {
    /// Starts an engine and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        assert!(rustix::process::geteuid().is_root(), "this story starts a dockerd of its own: run it as root");
        let folder = tempfile::Builder::new().prefix("jetway-engine-").tempdir_in("/tmp").unwrap();
        // A dockerd with --bridge=none removes docker0, which belongs to the machine's engine; so ours gets its own.
        let number = ENGINES.fetch_add(1, Ordering::Relaxed);
        let bridge = format!("jw{}x{number}", std::process::id());
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["address", "add", &format!("10.253.{number}.1/30"), "dev", &bridge]);
        let mut engine = Self { folder, bridge, daemon: None };
        engine.start_daemon();
        engine
    }

    /// The engine for `docker` commands.
    pub fn docker(&self) -> Docker {
        Docker::at(&self.folder.path().join("docker.sock"))
    }

    /// Kills the daemon as the kernel would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// Starts the daemon again after it was killed.
    #[track_caller]
    pub fn start_daemon(&mut self) {
        let folder = self.folder.path().to_owned();
        let path = |name: &str| folder.join(name);
        // A killed dockerd takes its containerd along. Where process 1 reaps nobody, both stay zombies, and a new dockerd
        // would take the process ids in these files for running ones.
        for stale in ["pid", "exec/containerd/containerd.pid"] {
            let _ = fs::remove_file(path(stale));
        }
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let daemon = Command::new("dockerd")
            .arg("--host")
            .arg(format!("unix://{}", path("docker.sock").display()))
            .arg("--data-root")
            .arg(path("data"))
            .arg("--exec-root")
            .arg(path("exec"))
            .arg("--pidfile")
            .arg(path("pid"))
            .args(["--bridge", &self.bridge, "--iptables=false", "--ip-masq=false", "--ip-forward=false"])
            .args(["--containerd-namespace", &self.bridge])
            .args(["--containerd-plugins-namespace", &format!("{}-plugins", self.bridge)])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let docker = self.docker();
        let daemon = self.daemon.insert(daemon);
        eventually("the private engine answers", 60, || {
            assert!(
                daemon.try_wait().unwrap().is_none(),
                "the private dockerd ended:\n{}",
                last_line(&folder.join("log"))
            );
            docker.run(&["version"]).status.success().then_some(())
        });
    }

    fn remove_containers(&self) {
        let docker = self.docker();
        let all = docker.run(&["ps", "--all", "--quiet"]);
        for id in String::from_utf8_lossy(&all.stdout).lines() {
            let _ = docker.run(&["rm", "--force", id]);
        }
    }
}

/// Ends the daemon in good order, so that its containerd and its mounts go with it.
impl Drop for Engine {
    fn drop(&mut self) {
        self.remove_containers();
        if let Some(mut daemon) = self.daemon.take() {
            let pid = rustix::process::Pid::from_child(&daemon);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = daemon.wait();
        }
        // dockerd leaves these mounted: the host's network namespace, and its data.
        for mount in ["exec/netns/default", "data"] {
            let _ = Command::new("umount").arg(self.folder.path().join(mount)).stderr(Stdio::null()).status();
        }
        ip(&["link", "delete", &self.bridge]);
    }
}

fn last_line(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next_back().unwrap_or_default().to_owned()
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "ip {} failed", arguments.join(" "));
}
