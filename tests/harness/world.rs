//! A world of its own for one story: a home, an application's folder, a free port, and a clean end.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::docker::Docker;
use crate::outcome::Outcome;
use crate::programs::program;

/// Ports below the range that the kernel gives to outgoing connections.
const PORTS: std::ops::Range<u16> = 21_000..31_000;

/// One application on this machine, apart from all others.
pub struct World {
    folder: TempDir,
    application: String,
    /// The port that the application listens on.
    pub port: u16,
    /// The engine that runs it.
    pub docker: Docker,
    environment: Vec<(String, String)>,
}

impl World {
    /// A world with the example application, healthy, image version 1.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        Self::with_engine(name, Docker::default())
    }

    /// The same on another Docker engine.
    #[track_caller]
    pub fn with_engine(name: &str, docker: Docker) -> Self {
        let port = free_port();
        let folder = tempfile::Builder::new().prefix("jetway-world-").tempdir().unwrap();
        let world = Self { folder, application: format!("{name}-{port}"), port, docker, environment: Vec::new() };
        world.manifest("hello-test:1", "ok");
        world
    }

    /// Gives every program of this world an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The application's name.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// The home of `local`.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder of the application, with its manifest.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file or folder in the instance's run folder.
    pub fn run_dir(&self, name: &str) -> PathBuf {
        self.home().join("instances").join(&self.application).join(name)
    }

    /// A file or folder in the store.
    pub fn store(&self, name: &str) -> PathBuf {
        self.home().join("store").join(name)
    }

    /// Writes a manifest of the example application with this image and way to behave.
    pub fn manifest(&self, image: &str, mode: &str) {
        let Self { application, port, .. } = self;
        self.manifest_text(&format!(
            "application = \"{application}\"\n\
             image = {{ reference = \"{image}\" }}\n\
             [containers.web]\n\
             env = {{ HELLO_MODE = \"{mode}\" }}\n\
             stop_timeout = \"3s\"\n\
             [http]\n\
             port = {port}\n\
             health = {{ path = \"/health-check\", interval = \"5s\", timeout = \"2s\", grace = \"5s\" }}\n"
        ));
    }

    /// Writes a manifest.
    pub fn manifest_text(&self, text: &str) {
        fs::write(self.folder.path().join("jetway.toml"), text).unwrap();
    }

    /// A command of `jetway` in the application's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("jetway"));
        command.args(arguments).current_dir(self.folder.path()).env("JETWAY_HOME", self.home()).stdin(Stdio::null());
        command.env_remove("NO_COLOR");
        if let Some(host) = self.docker.host() {
            command.env("DOCKER_HOST", host);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `jetway` to its end.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn jetway(&self, arguments: &[&str]) -> Outcome {
        finish(self.command(arguments), &format!("jetway {}", arguments.join(" ")))
    }

    /// Runs `jetway` with something on its standard input.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn jetway_with(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let started = Instant::now();
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // A program that stops reading early has said why on stderr.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        });
        Outcome::new(format!("jetway {} < ...", arguments.join(" ")), &output, started.elapsed())
    }

    /// Runs `jetway-agent` for this world's instance to its end.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn agent(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(program("jetway-agent"));
        command.args(arguments).env("JETWAY_RUN_DIR", self.run_dir("")).stdin(Stdio::null());
        command.env("JETWAY_BOOT_FILE", self.run_dir("boot.json"));
        if let Some(host) = self.docker.host() {
            command.env("DOCKER_HOST", host);
        }
        finish(command, &format!("jetway-agent {}", arguments.join(" ")))
    }

    /// Starts `jetway` and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// The process id of the running agent, if one runs.
    pub fn agent_pid(&self) -> Option<i32> {
        let path = self.run_dir("agent.lock");
        let file = fs::File::open(&path).ok()?;
        let is_free = rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockShared).is_ok();
        if is_free { None } else { fs::read_to_string(path).ok()?.trim().parse().ok() }
    }

    /// The phase that the agent reports.
    pub fn phase(&self) -> Option<String> {
        let report: Value = serde_json::from_slice(&fs::read(self.run_dir("report.json")).ok()?).ok()?;
        report["phase"].as_str().map(str::to_owned)
    }

    /// Kills the running agent as the kernel would.
    #[track_caller]
    pub fn kill_agent(&self) {
        let pid = self.agent_pid().expect("an agent runs");
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::KILL)
            .unwrap();
        crate::eventually("the killed agent is gone", 5, || self.agent_pid().is_none().then_some(()));
    }

    /// The only container of the application that runs, as Docker describes it.
    #[track_caller]
    pub fn only_container(&self) -> Value {
        // A release is told to be ready before its predecessor is removed: who waits for it should not wait for that.
        let containers = crate::eventually("one container is left", 10, || {
            let containers = self.docker.containers(&self.application);
            (containers.len() == 1).then_some(containers)
        });
        let container = self.docker.inspect(&containers[0]);
        assert_eq!(container["State"]["Running"], true, "{}", container["State"]);
        container
    }

    /// The body that the application answers `/` with.
    #[track_caller]
    pub fn page(&self) -> String {
        crate::http::body(self.port, "/")
    }

    /// The lines that the agent logged.
    pub fn agent_log(&self) -> String {
        fs::read_to_string(self.run_dir("agent.log")).unwrap_or_default()
    }
}

/// Ends the agent and removes the containers and the names of images, whatever became of the story.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent of {} logged:\n{}", self.application, self.agent_log());
        }
        if let Some(pid) = self.agent_pid().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        for container in self.docker.containers(&self.application) {
            let _ = self.docker.run(&["rm", "--force", &container]);
        }
        let reference = format!("reference=jetway/local/{}", self.application);
        let tags = self.docker.ok(&["image", "ls", "--filter", &reference, "--format", "{{.Repository}}:{{.Tag}}"]);
        for tag in tags.lines() {
            let _ = self.docker.run(&["image", "rm", tag]);
        }
    }
}

fn finish(mut command: Command, line: &str) -> Outcome {
    let started = Instant::now();
    let output = command.output().unwrap();
    Outcome::new(line.to_owned(), &output, started.elapsed())
}

/// A port that nobody listens on; no other story of this process gets the same.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 97).unwrap() * 100;
    let candidates = std::iter::from_fn(|| Some(PORTS.start + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000));
    candidates.into_iter().find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
