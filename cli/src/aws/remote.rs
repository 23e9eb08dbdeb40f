//! Containers on EC2 instances: their logs in CloudWatch Logs, programs in them through Systems Manager.

mod event;
mod log;
mod plugin;
mod script;
mod start_session;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jetway_common::name::{InstallationName, InstanceId};
use jetway_common::seconds::Seconds;

use self::log::LogReader;
use self::start_session::Kind;
use super::run_command::{Order, RunCommand};
use crate::aws::account::Account;
use crate::error::{Exit, UserError};
use crate::remote::{Job, LONGEST, LogPart, ReadLog, Remote, Stop};
use crate::reply::{Reply, Silence};
use crate::session::Target;

/// What an instance is asked.
const STATUS: &str = "jetway-agent status --json";
/// How long it may take to answer.
const ANSWER: Seconds = Seconds(20);

/// How long a one-off container may take to be made and removed.
const MAKING: Seconds = Seconds(60);

/// The containers of an installation's applications.
pub struct Ec2Remote {
    account: Account,
    installation: InstallationName,
}

impl Ec2Remote {
    /// Those of `installation`, in `account`.
    pub fn new(account: &Account, installation: &InstallationName) -> Self {
        Self { account: account.clone(), installation: installation.clone() }
    }

    /// What the agent on each of these instances says of it just now.
    pub(super) async fn ask(&self, instances: &[InstanceId]) -> Result<BTreeMap<InstanceId, Reply>, UserError> {
        let order = Order { script: STATUS, comment: "jetway status --live", limit: ANSWER, stop: None };
        RunCommand::new(&self.account).run(instances, order).await
    }
}

#[async_trait]
impl Remote for Ec2Remote {
    fn log<'a>(&'a self, target: &Target, part: LogPart) -> Box<dyn ReadLog + 'a> {
        let group = format!("/{}/{}/{}", self.installation, target.environment, target.application);
        Box::new(LogReader::new(&self.account, group, part))
    }

    async fn run(&self, instance: &InstanceId, job: Job<'_>, limit: Seconds, stop: Stop<'_>) -> anyhow::Result<Reply> {
        let script = script::without_terminal(job, limit);
        let order = match job {
            Job::Exec { .. } => Order { script: &script, comment: "jetway exec", limit, stop: Some(stop) },
            Job::OneOff { stop_timeout, .. } => {
                // What ends there in good order can say so.
                let limit = Seconds(limit.0.saturating_add(stop_timeout.0).saturating_add(MAKING.0).min(LONGEST.0));
                Order { script: &script, comment: "jetway run", limit, stop: Some(stop) }
            }
        };
        let mut replies = RunCommand::new(&self.account).run(std::slice::from_ref(instance), order).await?;
        Ok(replies.remove(instance).unwrap_or(Reply::Silent(Silence::NotRegistered)))
    }

    async fn attach(&self, instance: &InstanceId, job: Job<'_>) -> anyhow::Result<Exit> {
        start_session::run(&self.account, instance, Kind::Command(script::with_terminal(job))).await
    }

    async fn log_in(&self, instance: &InstanceId) -> anyhow::Result<Exit> {
        start_session::run(&self.account, instance, Kind::Shell).await
    }
}
