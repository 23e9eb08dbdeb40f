//! Containers on EC2 instances: their logs in CloudWatch Logs.

mod event;
mod log;

use jetway_common::name::InstallationName;

use self::log::LogReader;
use crate::aws::account::Account;
use crate::remote::{LogPart, ReadLog, Remote};
use crate::session::Target;

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
}

impl Remote for Ec2Remote {
    fn log<'a>(&'a self, target: &Target, part: LogPart) -> Box<dyn ReadLog + 'a> {
        let group = format!("/{}/{}/{}", self.installation, target.environment, target.application);
        Box::new(LogReader::new(&self.account, group, part))
    }
}
