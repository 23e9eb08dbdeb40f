//! The fleet of this machine: one agent per application, started as systemd would start it on an instance.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use jetway_common::boot_file::{BootFile, LocalPlace, Platform};
use jetway_common::current::{Current, Remains, Terms};
use jetway_common::document::Document as _;
use jetway_common::machine::Machine;
use jetway_common::name::{ApplicationName, InstanceId};
use jetway_common::release::ReleaseRecord;
use jetway_common::report::Phase;
use jetway_common::seconds::Seconds;

use crate::error::UserError;
use crate::fleet::{Aim, Fleet, Follow, Takeover, Wish};
use crate::local::agent::Agent;
use crate::local::agent_binary;
use crate::local::follow::LocalFollow;
use crate::local::home::{self, Home};
use crate::releases::StoredRelease;
use crate::remote::Remote;
use crate::reply::Reply;
use crate::session::Target;
use crate::survey::Survey;

/// How long the agent of a release that is ended right away may take to come up.
const RESTORED: Seconds = Seconds(60);
/// How long the agent's program may take to say how it is.
const ANSWER: Duration = Duration::from_secs(10);

/// One agent per application on this machine.
pub struct LocalFleet {
    home: Home,
}

impl LocalFleet {
    /// The fleet of `home`.
    pub fn new(home: Home) -> Self {
        Self { home }
    }

    fn agent<'a>(&'a self, application: &'a ApplicationName) -> Agent<'a> {
        Agent { home: &self.home, application }
    }

    /// The end of a launch in progress brings the live release back: that one has to be ended, too.
    async fn end_restored(&self, live: &StoredRelease) -> anyhow::Result<()> {
        self.launch(live, Terms { timeout: RESTORED, ..Terms::default() }).await?;
        let agent = self.agent(&live.record.application);
        // The first order may come while the agent still looks at what runs, and then leaves it alone; the second never does.
        agent.terminate().await?;
        agent.terminate().await
    }
}

#[async_trait]
impl Fleet for LocalFleet {
    async fn machine(&self, _wish: &Wish<'_>) -> anyhow::Result<Option<Machine>> {
        Ok(None)
    }

    /// Replaces what runs: this machine has each port but once.
    async fn launch(&self, release: &StoredRelease, terms: Terms) -> anyhow::Result<()> {
        let record = &release.record;
        let agent = self.agent(&record.application);
        home::create_private_folder(&self.home.instance(&record.application))?;
        // What is live keeps its agent when there is none for its successor.
        agent_binary::find()?;
        agent.stop().await?;
        match fs::remove_file(agent.file("lifecycle")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context("could not take back the order to end");
            }
            _ => {}
        }
        let boot_file = BootFile {
            installation: record.installation.clone(),
            environment: record.environment.clone(),
            application: record.application.clone(),
            release: record.release,
            record: release.digest.clone(),
            deadline: terms.timeout,
            imds: record.imds,
            platform: Platform::Local(LocalPlace { store: self.home.store(), key: self.home.key() }),
        };
        let path = agent.file("boot.json");
        let written = home::write_whole(&path, &boot_file.to_bytes()?);
        written.with_context(|| format!("could not write `{}`", path.display()))?;
        agent.start().map(|_| ())
    }

    async fn is_launched(&self, record: &ReleaseRecord) -> anyhow::Result<bool> {
        Ok(self.agent(&record.application).release()? == Some(record.release))
    }

    fn follow<'a>(&'a self, record: &'a ReleaseRecord, _aim: Aim) -> Box<dyn Follow + 'a> {
        Box::new(LocalFollow::new(self.agent(&record.application)))
    }

    /// The agent has removed the containers of the release before.
    async fn accept(&self, _takeover: &Takeover<'_>) -> anyhow::Result<()> {
        Ok(())
    }

    /// An agent that has failed has put everything back itself; any other is told to.
    async fn withdraw(&self, record: &ReleaseRecord, _remains: Remains) -> anyhow::Result<()> {
        let agent = self.agent(&record.application);
        let report = agent.report().filter(|report| report.release == record.release);
        let has_failed = report.is_some_and(|report| report.phase == Phase::Failed);
        if has_failed || !self.is_launched(record).await? {
            return Ok(());
        }
        agent.terminate().await
    }

    async fn is_attended(&self, record: &ReleaseRecord) -> anyhow::Result<bool> {
        Ok(self.is_launched(record).await? && self.agent(&record.application).is_up().await)
    }

    async fn scale(&self, record: &ReleaseRecord, count: u32) -> anyhow::Result<()> {
        let environment = &record.environment;
        let message =
            format!("cannot scale to {count}: `{environment}` is this machine, which is exactly one instance");
        Err(UserError::usage(message).into())
    }

    async fn end(&self, target: &Target, live: Option<&StoredRelease>) -> anyhow::Result<()> {
        let agent = self.agent(&target.application);
        let ended = agent.release()?;
        agent.terminate().await?;
        if let Some(live) = live.filter(|live| ended.is_some_and(|ended| ended != live.record.release)) {
            self.end_restored(live).await?;
        }
        let folder = self.home.instance(&target.application);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove `{}`", folder.display()))
            }
            _ => Ok(()),
        }
    }

    async fn survey(&self, target: &Target, current: &Current) -> anyhow::Result<Survey> {
        let agent = self.agent(&target.application);
        let mut survey = Survey::default();
        if current.live.is_some() && !agent.is_running() {
            let hint = format!("`jetway wait {}` starts it again", target.environment);
            survey.problems.push(format!("the agent does not run: {hint}; its log is {}", agent.log()));
        }
        Ok(survey)
    }

    async fn ask(&self, target: &Target, instances: &[InstanceId]) -> anyhow::Result<BTreeMap<InstanceId, Reply>> {
        let reply = agent_binary::status(&self.home.instance(&target.application), ANSWER).await?;
        Ok(instances.iter().map(|instance| (instance.clone(), reply.clone())).collect())
    }

    async fn url(&self, record: &ReleaseRecord) -> Option<String> {
        record.http.as_ref().map(|http| format!("http://127.0.0.1:{}", http.port))
    }

    fn remote(&self) -> Option<&dyn Remote> {
        None
    }
}
