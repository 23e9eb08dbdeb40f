//! The agent of one application on this machine: a process that is found by the lock it holds, however it was started.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use anyhow::Context as _;
use jetway_common::boot_file::BootFile;
use jetway_common::document::Document as _;
use jetway_common::name::{ApplicationName, ReleaseName};
use jetway_common::report::{BootReport, Phase};
use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};
use tokio::time::Instant;

use crate::error::UserError;
use crate::local::agent_binary;
use crate::local::home::{self, Home};
use crate::printer::harmless;

/// How long an agent may take to end after it was asked to: it stops no container then.
const AGENT_STOP: Duration = Duration::from_secs(10);
/// How long an agent whose images are in Docker may take until its release is ready.
const BOOT: Duration = Duration::from_mins(2);
/// How long the containers of a release may take to leave, beyond the longest stop timeout that a manifest may give.
const DRAIN: Duration = Duration::from_secs(700);
/// How often the state of an agent is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often an agent is started that is killed before it has stopped the containers.
const TERMINATIONS: u32 = 5;

/// The agent of an application.
pub struct Agent<'a> {
    /// Whose machine it is on.
    pub home: &'a Home,
    /// What it runs.
    pub application: &'a ApplicationName,
}

impl Agent<'_> {
    /// A file in its run folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.instance(self.application).join(name)
    }

    /// Whether it lives: it holds these locks for as long as it does, however it dies; the folder alone, while it could not
    /// write into it which process it is.
    pub fn is_running(&self) -> bool {
        is_held(&self.file("agent.lock")) || is_held(&self.home.instance(self.application))
    }

    /// Whether it lives and has its release ready. One that has only just begun is given the time that it needs.
    pub async fn is_up(&self) -> bool {
        let deadline = Instant::now() + BOOT;
        while self.is_running() && Instant::now() < deadline {
            // What its predecessor has left says nothing of it.
            let own = self
                .report()
                .filter(|report| self.process() == i32::try_from(report.agent.pid).ok().and_then(Pid::from_raw));
            if own.is_some_and(|report| report.phase == Phase::Ready) {
                return true;
            }
            tokio::time::sleep(POLL).await;
        }
        false
    }

    /// The release that it was last told to run.
    pub fn release(&self) -> anyhow::Result<Option<ReleaseName>> {
        let path = self.file("boot.json");
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(BootFile::from_bytes(&bytes)?.release)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("could not read `{}`", path.display())),
        }
    }

    /// What it said last.
    pub fn report(&self) -> Option<BootReport> {
        BootReport::from_bytes(&fs::read(self.file("report.json")).ok()?).ok()
    }

    /// Where people find what it had to say.
    pub fn log(&self) -> String {
        self.file("agent.log").display().to_string()
    }

    /// Starts it, as an init system would.
    pub fn start(&self) -> anyhow::Result<Child> {
        agent_binary::start(&self.file("boot.json"), &self.home.instance(self.application))
    }

    /// Ends it; the containers go on.
    pub async fn stop(&self) -> anyhow::Result<()> {
        for signal in [Signal::TERM, Signal::KILL] {
            if self.wait_until_gone(signal).await {
                return Ok(());
            }
        }
        let message = format!("the agent of `{}` does not end; its log is {}", self.application, self.log());
        Err(UserError::failed(message).into())
    }

    /// Tells it that the end of its instance has come, and waits until it has done its part.
    pub async fn terminate(&self) -> anyhow::Result<()> {
        let Some(release) = self.release()? else { return Ok(()) };
        let path = self.file("lifecycle");
        home::write_whole(&path, b"terminate\n").with_context(|| format!("could not write `{}`", path.display()))?;
        let hint = format!("look into {}", self.log());
        for _ in 0..TERMINATIONS {
            let started = if self.is_running() { None } else { Some(self.start()?) };
            if !self.wait_until_ended(release, started).await? {
                let (application, seconds) = (self.application, DRAIN.as_secs());
                let message = format!("the containers of `{application}` did not leave within {seconds} s");
                return Err(UserError::failed(message).hint(hint).into());
            }
            if self.release()? != Some(release) || self.has_ended(release)? {
                return Ok(());
            }
        }
        let application = self.application;
        let message =
            format!("the agent of `{application}` ended {TERMINATIONS} times without stopping the containers");
        Err(UserError::failed(message).hint(hint).into())
    }

    /// Its process, once it has written that beside its lock.
    fn process(&self) -> Option<Pid> {
        let path = self.file("agent.lock");
        // What nobody holds names a predecessor, whose number may be another program's by now.
        let text = fs::read_to_string(&path).ok().filter(|_| is_held(&path))?;
        text.trim().parse().ok().and_then(Pid::from_raw)
    }

    /// Waits for its end, after sending it `signal` as soon as its process is known.
    async fn wait_until_gone(&self, signal: Signal) -> bool {
        let deadline = Instant::now() + AGENT_STOP;
        let mut signal = Some(signal);
        while self.is_running() {
            if Instant::now() >= deadline {
                return false;
            }
            if let (Some(process), Some(wanted)) = (self.process(), signal) {
                let _ = rustix::process::kill_process(process, wanted);
                signal = None;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    /// Waits until no agent of `release` runs. One that was only just `started` may not hold its lock yet, and one that
    /// runs in the end may be another command's, for another release.
    async fn wait_until_ended(&self, release: ReleaseName, mut started: Option<Child>) -> anyhow::Result<bool> {
        let deadline = Instant::now() + DRAIN;
        while self.release()? == Some(release) {
            let is_starting = started.as_mut().is_some_and(|agent| matches!(agent.try_wait(), Ok(None)));
            if !is_starting && !self.is_running() {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    /// Whether the agent of `release` has done what an end asks of it; one that was killed has not.
    fn has_ended(&self, release: ReleaseName) -> Result<bool, UserError> {
        let Some(report) = self.report().filter(|report| report.release == release) else {
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

fn is_held(path: &Path) -> bool {
    let file = File::open(path);
    file.is_ok_and(|file| rustix::fs::flock(file, FlockOperation::NonBlockingLockShared).is_err())
}
