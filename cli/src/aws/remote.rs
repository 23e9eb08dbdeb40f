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
use crate::remote::{LogPart, ReadLog, Remote, Spot};
use crate::reply::{Reply, Silence};
use crate::session::Target;

/// What an instance is asked.
const STATUS: &str = "jetway-agent status --json";
/// How long it may take to answer.
const ANSWER: Seconds = Seconds(20);

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
        let order = Order { script: STATUS, comment: "jetway status --live", limit: ANSWER };
        RunCommand::new(&self.account).run(instances, order).await
    }
}

#[async_trait]
impl Remote for Ec2Remote {
    fn log<'a>(&'a self, target: &Target, part: LogPart) -> Box<dyn ReadLog + 'a> {
        let group = format!("/{}/{}/{}", self.installation, target.environment, target.application);
        Box::new(LogReader::new(&self.account, group, part))
    }

    async fn exec(&self, spot: &Spot, program: &[String], limit: Seconds) -> anyhow::Result<Reply> {
        let script = script::in_container("docker exec", spot, program);
        let order = Order { script: &script, comment: "jetway exec", limit };
        let mut replies = RunCommand::new(&self.account).run(std::slice::from_ref(&spot.instance), order).await?;
        Ok(replies.remove(&spot.instance).unwrap_or(Reply::Silent(Silence::NotRegistered)))
    }

    async fn attach(&self, spot: &Spot, program: &[String]) -> anyhow::Result<Exit> {
        // A session's user is not root, and may become it:
        // https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-ssm-user-permissions.html
        let script = script::in_container("sudo docker exec --interactive --tty", spot, program);
        start_session::run(&self.account, &spot.instance, Kind::Command(script)).await
    }

    async fn log_in(&self, instance: &InstanceId) -> anyhow::Result<Exit> {
        start_session::run(&self.account, instance, Kind::Shell).await
    }
}
