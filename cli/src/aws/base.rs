//! What the base stack says: the names of the bucket and of the key.

use jetway_common::name::{EnvironmentName, InstallationName};

use super::account::Account;
use super::stack::{Stack, Stacks, name};
use crate::error::UserError;

/// The outputs of the base stack that commands need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The bucket that is the store.
    pub storage_bucket: String,
    /// The key that seals configs.
    pub key_arn: String,
}

impl Base {
    /// Asks for the base stack, and whether the environment has its own: a wrong name must not fill the store.
    pub async fn find(
        account: &Account,
        installation: &InstallationName,
        environment: &EnvironmentName,
    ) -> anyhow::Result<Self> {
        let stacks = Stacks::new(account);
        let (base, network) = (name::base(installation), name::environment(installation, environment));
        let (base_stack, network) = tokio::try_join!(stacks.find(&base), stacks.find(&network))?;
        let place = format!("in region {} of account {}", account.region(), account.id());
        let base_stack = base_stack.ok_or_else(|| {
            UserError::failed(format!("{installation} is not installed {place}: there is no stack {base}"))
                .hint("`jetway install` installs it; --region and --profile name another place")
        })?;
        if network.is_none() {
            let message = format!("{installation} has no environment `{environment}` {place}");
            let hint = "name it in installation.toml, and `jetway install` makes it";
            return Err(UserError::usage(message).hint(hint).into());
        }
        Self::of(&base_stack)
    }

    /// What a base stack says; an error if it is not complete.
    pub fn of(stack: &Stack) -> anyhow::Result<Self> {
        let output = |name| stack.output(name).map(str::to_owned);
        Ok(Self { storage_bucket: output("StorageBucket")?, key_arn: output("KeyArn")? })
    }
}
