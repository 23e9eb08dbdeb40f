//! A Docker engine of a story's own, which may be killed. Needs root.

mod disk;

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;

use crate::docker::Docker;
use crate::eventually;
use crate::programs::root;

/// How many engines this process has started; each has a network of its own.
static ENGINES: AtomicU8 = AtomicU8::new(0);

/// How an engine keeps its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// In Docker's own store, where an image's id is the digest of its configuration.
    Classic,
    /// In containerd's, where it is the digest of its manifest.
    Containerd,
}

/// The word that Jetway uses for it.
impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "classic",
            Self::Containerd => "containerd",
        })
    }
}

/// What kind of engine it is, and where its program comes from.
#[derive(Clone, Copy)]
enum Kind {
    /// This machine's Docker.
    Docker,
    /// Docker 26.1, of a Debian 13 beside this machine's system.
    Debian13,
    /// This machine's podman, which speaks Docker's API.
    Podman,
}

/// A private engine with its own data and socket; a dockerd has a bridge of its own, too.
pub struct Engine {
    folder: TempDir,
    kind: Kind,
    bridge: String,
    daemon: Option<Child>,
}

impl Engine {
    /// Starts an engine of this machine's own Docker, and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        Self::of(Kind::Docker, "{}")
    }

    /// Starts an engine of Debian 13, Docker 26.1, with this store; its file system is made the first time.
    #[track_caller]
    pub fn debian13(store: Store) -> Self {
        Self::prepared_debian13(store).started()
    }

    #[track_caller]
    fn prepared_debian13(store: Store) -> Self {
        static MADE: OnceLock<()> = OnceLock::new();
        MADE.get_or_init(|| {
            let output = Command::new(debian13_script()).arg("root").output().unwrap();
            assert!(output.status.success(), "debian13-engine.sh: {}", String::from_utf8_lossy(&output.stderr));
        });
        let is_containerd = store == Store::Containerd;
        Self::prepared(Kind::Debian13, &format!(r#"{{"features":{{"containerd-snapshotter":{is_containerd}}}}}"#))
    }

    /// Starts podman's service that speaks Docker's API.
    #[track_caller]
    pub fn podman() -> Self {
        Self::of(Kind::Podman, "{}")
    }

    #[track_caller]
    fn of(kind: Kind, config: &str) -> Self {
        Self::prepared(kind, config).started()
    }

    #[track_caller]
    fn started(mut self) -> Self {
        self.start_daemon();
        self
    }

    #[track_caller]
    fn prepared(kind: Kind, config: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "this story starts a dockerd of its own: run it as root");
        let folder = tempfile::Builder::new().prefix("jetway-engine-").tempdir_in("/tmp").unwrap();
        fs::write(folder.path().join("daemon.json"), config).unwrap();
        // A dockerd with --bridge=none removes docker0, which belongs to the machine's engine; so ours gets its own.
        let number = ENGINES.fetch_add(1, Ordering::Relaxed);
        let bridge = format!("jw{}x{number}", std::process::id());
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["address", "add", &format!("10.253.{number}.1/30"), "dev", &bridge]);
        Self { folder, kind, bridge, daemon: None }
    }

    /// The engine for `docker` commands.
    pub fn docker(&self) -> Docker {
        Docker::at(&self.socket())
    }

    /// Where the engine listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// The bytes that the engine keeps on disk right now.
    pub fn used(&self) -> u64 {
        // Files that vanish while they are counted are no matter.
        let output = Command::new("du").args(["-s", "--block-size=1"]).arg(self.folder.path().join("data")).output();
        let stdout = output.unwrap().stdout;
        String::from_utf8_lossy(&stdout)
            .split_whitespace()
            .next()
            .and_then(|size| size.parse().ok())
            .unwrap_or_default()
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
        let daemon = self.program().stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let docker = self.docker();
        let daemon = self.daemon.insert(daemon);
        eventually("the private engine answers", 60, || {
            assert!(
                daemon.try_wait().unwrap().is_none(),
                "the private engine ended:\n{}",
                last_line(&folder.join("log"))
            );
            docker.run(&["version"]).status.success().then_some(())
        });
    }

    /// The command that becomes the engine.
    fn program(&self) -> Command {
        let mut command = match self.kind {
            Kind::Docker => Command::new("dockerd"),
            Kind::Podman => return self.podman_service(),
            Kind::Debian13 => {
                let mut command = Command::new(debian13_script());
                command.arg("run").arg(self.folder.path());
                command
            }
        };
        let path = |name: &str| self.folder.path().join(name);
        command
            .arg("--host")
            .arg(format!("unix://{}", path("docker.sock").display()))
            .arg("--config-file")
            .arg(path("daemon.json"))
            .arg("--data-root")
            .arg(path("data"))
            .arg("--exec-root")
            .arg(path("exec"))
            .arg("--pidfile")
            .arg(path("pid"))
            .args(["--bridge", &self.bridge, "--iptables=false", "--ip-masq=false", "--ip-forward=false"])
            .args(["--containerd-namespace", &self.bridge])
            .args(["--containerd-plugins-namespace", &format!("{}-plugins", self.bridge)]);
        command
    }

    fn podman_service(&self) -> Command {
        let path = |name: &str| self.folder.path().join(name);
        let mut command = Command::new("podman");
        command.arg("--root").arg(path("data")).arg("--runroot").arg(path("exec")).arg("--tmpdir").arg(path("run"));
        command.args(["system", "service", "--time", "0"]);
        command.arg(format!("unix://{}", path("docker.sock").display()));
        command
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
        // They leave these mounted: the host's network namespace, and their data.
        for mount in ["exec/netns/default", "data", "data/overlay"] {
            let _ = Command::new("umount").arg(self.folder.path().join(mount)).stderr(Stdio::null()).status();
        }
        ip(&["link", "delete", &self.bridge]);
    }
}

fn debian13_script() -> PathBuf {
    root().join("tests/lab/debian13-engine.sh")
}

fn last_line(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next_back().unwrap_or_default().to_owned()
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "ip {} failed", arguments.join(" "));
}
