//! The fleet of this machine: one agent per application, started as systemd would start it on an instance.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use jetway_common::boot_file::{BootFile, Platform};
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::name::{ApplicationName, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::report::{BootReport, Phase};
use jetway_common::seconds::Seconds;
use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};
use tokio::time::Instant;

use crate::error::UserError;
use crate::fleet::Fleet;
use crate::local::agent_binary;
use crate::local::home::{self, Home};
use crate::printer::harmless;

/// How long an agent may take to end after it was asked to: it stops no container then.
const AGENT_STOP: Duration = Duration::from_secs(10);
/// How long the containers of a release may take to leave, beyond the longest stop timeout that a manifest may give.
const DRAIN: Duration = Duration::from_secs(700);
/// How often the state of an agent is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often an agent is started that is killed before it has stopped the containers.
const TERMINATIONS: u32 = 5;

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
            if self.wait_until_gone(application, signal).await {
                return Ok(());
            }
        }
        let log = self.agent_log(application);
        Err(UserError::failed(format!("the agent of `{application}` does not end; its log is {log}")).into())
    }

    /// Waits for the agent's end, after sending it `signal` as soon as its process is known.
    async fn wait_until_gone(&self, application: &ApplicationName, signal: Signal) -> bool {
        let deadline = Instant::now() + AGENT_STOP;
        let mut signal = Some(signal);
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

    /// Waits until no agent of `release` runs. One that was only just `started` may not hold its lock yet, and one that
    /// runs in the end may be another command's, for another release.
    async fn wait_until_ended(
        &self,
        application: &ApplicationName,
        release: ReleaseName,
        mut started: Option<Child>,
    ) -> anyhow::Result<bool> {
        let deadline = Instant::now() + DRAIN;
        while self.target(application).await? == Some(release) {
            let is_starting = started.as_mut().is_some_and(|agent| matches!(agent.try_wait(), Ok(None)));
            if !is_starting && !self.is_running(application) {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    fn look_into_log(&self, application: &ApplicationName) -> String {
        format!("look into {}", self.agent_log(application))
    }

    fn start_agent(&self, application: &ApplicationName) -> anyhow::Result<Child> {
        agent_binary::start(&self.file(application, "boot.json"), &self.home.instance(application))
    }

    /// What the agent itself said last.
    fn report(&self, application: &ApplicationName) -> Option<BootReport> {
        BootReport::from_bytes(&fs::read(self.file(application, "report.json")).ok()?).ok()
    }

    /// Whether the agent of `release` has done what an end asks of it; one that was killed has not.
    fn has_ended(&self, application: &ApplicationName, release: ReleaseName) -> Result<bool, UserError> {
        let Some(report) = self.report(application).filter(|report| report.release == release) else {
            return Ok(false);
        };
        match (report.phase, report.failure) {
            (Phase::Failed, Some(failure)) if failure.phase == Phase::Draining => {
                let error = UserError::failed(harmless(&failure.reason));
                Err(UserError { hint: failure.hint, ..error })
            }
            (phase, _) => Ok(matches!(phase, Phase::Stopped | Phase::Failed)),
        }
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
        let Some(release) = self.target(application).await? else { return Ok(()) };
        let path = self.file(application, "lifecycle");
        home::write_whole(&path, b"terminate\n").with_context(|| format!("could not write `{}`", path.display()))?;
        for _ in 0..TERMINATIONS {
            let started = if self.is_running(application) { None } else { Some(self.start_agent(application)?) };
            if !self.wait_until_ended(application, release, started).await? {
                let message = format!("the containers of `{application}` did not leave within {} s", DRAIN.as_secs());
                return Err(UserError::failed(message).hint(self.look_into_log(application)).into());
            }
            if self.target(application).await? != Some(release) || self.has_ended(application, release)? {
                return Ok(());
            }
        }
        let message =
            format!("the agent of `{application}` ended {TERMINATIONS} times without stopping the containers");
        Err(UserError::failed(message).hint(self.look_into_log(application)).into())
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
