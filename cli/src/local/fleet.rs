//! The fleet of this machine: one agent per application, started as systemd would start it on an instance.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use jetway_common::boot_file::{BootFile, Platform};
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::name::{ApplicationName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;
use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};
use tokio::time::Instant;

use crate::error::UserError;
use crate::fleet::Fleet;
use crate::local::agent_binary;
use crate::local::home::{self, Home};

/// How long an agent may take to end after it was asked to: it stops no container then.
const AGENT_STOP: Duration = Duration::from_secs(10);
/// How long the containers of a release may take to leave, beyond the longest stop timeout that a manifest may give.
const DRAIN: Duration = Duration::from_secs(700);
/// How often the state of an agent is looked at.
const POLL: Duration = Duration::from_millis(50);
/// What the agent is given of this command's environment: where Docker is, and nothing that could be a secret.
const PASSED_ON: [&str; 11] = [
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "RUST_LOG",
    "RUST_BACKTRACE",
    "TMPDIR",
    "JETWAY_FAILPOINT",
    "JETWAY_FAILPOINT_ONCE",
];

/// One agent per application on this machine.
pub struct LocalFleet {
    home: Home,
}

impl LocalFleet {
    /// The fleet of `home`.
    pub fn new(home: Home) -> Self {
        Self { home }
    }

    fn file(&self, application: &ApplicationName, name: &str) -> PathBuf {
        self.home.instance(application).join(name)
    }

    /// The agent holds this lock for as long as it lives, however it dies.
    fn is_running(&self, application: &ApplicationName) -> bool {
        let file = File::open(self.file(application, "agent.lock"));
        file.is_ok_and(|file| rustix::fs::flock(file, FlockOperation::NonBlockingLockShared).is_err())
    }

    /// The agent's process, once it has written it beside its lock.
    fn process(&self, application: &ApplicationName) -> Option<Pid> {
        let text = fs::read_to_string(self.file(application, "agent.lock")).ok()?;
        text.trim().parse().ok().and_then(Pid::from_raw)
    }

    async fn stop_agent(&self, application: &ApplicationName) -> anyhow::Result<()> {
        for signal in [Signal::TERM, Signal::KILL] {
            if self.wait_until_gone(application, AGENT_STOP, Some(signal)).await {
                return Ok(());
            }
        }
        let log = self.agent_log(application);
        Err(UserError::failed(format!("the agent of `{application}` does not end; its log is {log}")).into())
    }

    /// Waits for the agent's end, after sending it `signal` as soon as its process is known.
    async fn wait_until_gone(&self, application: &ApplicationName, limit: Duration, signal: Option<Signal>) -> bool {
        let deadline = Instant::now() + limit;
        let mut signal = signal;
        while self.is_running(application) {
            if Instant::now() >= deadline {
                return false;
            }
            if let (Some(process), Some(wanted)) = (self.process(application), signal) {
                let _ = rustix::process::kill_process(process, wanted);
                signal = None;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    /// Waits for the agent's end. One that was only just started may not hold its lock yet.
    async fn wait_until_done(&self, application: &ApplicationName, limit: Duration, started: Option<Child>) -> bool {
        let deadline = Instant::now() + limit;
        if let Some(mut agent) = started {
            while matches!(agent.try_wait(), Ok(None)) && Instant::now() < deadline {
                tokio::time::sleep(POLL).await;
            }
        }
        self.wait_until_gone(application, deadline.saturating_duration_since(Instant::now()), None).await
    }

    fn start_agent(&self, application: &ApplicationName) -> anyhow::Result<Child> {
        let binary = agent_binary::find()?;
        let log_path = self.file(application, "agent.log");
        let log = File::options().create(true).append(true).mode(0o600).open(&log_path);
        let log = log.with_context(|| format!("could not write `{}`", log_path.display()))?;
        let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        Command::new(&binary)
            .arg("run")
            .arg("--boot-file")
            .arg(self.file(application, "boot.json"))
            .arg("--run-dir")
            .arg(self.home.instance(application))
            .env_clear()
            .envs(passed_on)
            .current_dir("/")
            // Its own process group: an interrupt on this terminal is for the command, not for the agent.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start `{}`", binary.display()))
    }
}

#[async_trait]
impl Fleet for LocalFleet {
    async fn launch(&self, record: &ReleaseRecord, digest: &Digest, deadline: Seconds) -> anyhow::Result<()> {
        let application = &record.application;
        home::create_private_folder(&self.home.instance(application))?;
        // What is live keeps its agent when there is none for its successor.
        agent_binary::find()?;
        self.stop_agent(application).await?;
        remove_file(&self.file(application, "lifecycle"))?;
        let boot_file = BootFile {
            installation: record.installation.clone(),
            environment: record.environment.clone(),
            application: application.clone(),
            release: record.release,
            record: digest.clone(),
            deadline,
            platform: Platform::Local { store: self.home.store(), key: self.home.key() },
        };
        let path = self.file(application, "boot.json");
        let written = home::write_whole(&path, &boot_file.to_bytes()?);
        written.with_context(|| format!("could not write `{}`", path.display()))?;
        self.start_agent(application).map(|_| ())
    }

    /// This machine is one instance, whatever the release asks for elsewhere.
    fn instances(&self, _record: &ReleaseRecord) -> usize {
        1
    }

    async fn is_alive(&self, application: &ApplicationName) -> anyhow::Result<bool> {
        Ok(self.is_running(application))
    }

    async fn revive(&self, application: &ApplicationName) -> anyhow::Result<()> {
        if self.is_running(application) { Ok(()) } else { self.start_agent(application).map(|_| ()) }
    }

    async fn terminate(&self, application: &ApplicationName) -> anyhow::Result<()> {
        if !self.file(application, "boot.json").exists() {
            return Ok(());
        }
        let path = self.file(application, "lifecycle");
        home::write_whole(&path, b"terminate\n").with_context(|| format!("could not write `{}`", path.display()))?;
        let started = if self.is_running(application) { None } else { Some(self.start_agent(application)?) };
        if self.wait_until_done(application, DRAIN, started).await {
            return Ok(());
        }
        let message = format!("the containers of `{application}` did not leave within {} s", DRAIN.as_secs());
        Err(UserError::failed(message).hint(format!("look into {}", self.agent_log(application))).into())
    }

    async fn remove(&self, application: &ApplicationName) -> anyhow::Result<()> {
        let folder = self.home.instance(application);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove `{}`", folder.display()))
            }
            _ => Ok(()),
        }
    }

    async fn target(&self, application: &ApplicationName) -> anyhow::Result<Option<ReleaseName>> {
        let path = self.file(application, "boot.json");
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(BootFile::from_bytes(&bytes)?.release)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("could not read `{}`", path.display())),
        }
    }

    fn agent_log(&self, application: &ApplicationName) -> String {
        self.file(application, "agent.log").display().to_string()
    }
}

fn remove_file(path: &std::path::Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}
