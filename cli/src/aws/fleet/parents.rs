//! The stacks that a release builds on: base, environment and application, with the outputs that a release takes.

use std::collections::BTreeMap;

use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName};
use jetway_common::release::ReleaseRecord;

use crate::aws::stack::{Stack, Stacks, name};
use crate::error::UserError;

/// The outputs of the base stack that a release takes.
const OF_BASE: [&str; 2] = ["KeyArn", BUCKET];
/// The outputs of the environment stack that a release takes.
const OF_ENVIRONMENT: [&str; 2] = [SUBNETS, "PublicAddresses"];
/// The outputs of the application stack that a release takes.
const OF_APPLICATION: [&str; 3] = ["InstanceGroup", "InstanceProfileArn", "LogGroup"];
/// The output of the environment stack that names the subnets of instances, one per zone.
pub(super) const SUBNETS: &str = "ApplicationSubnets";
/// The output of the base stack that names the storage bucket.
pub(super) const BUCKET: &str = "StorageBucket";
/// The output of the application stack that tells it from that of a worker.
pub(super) const TARGETS: &str = "TargetGroupArn";

/// The stacks that a release builds on, each of them fit for use.
pub(super) struct Parents {
    pub(super) environment: Stack,
    pub(super) application: Stack,
    base: Stack,
}

impl Parents {
    /// Finds them, or says what is missing and which command makes it.
    pub(super) async fn find(
        stacks: &Stacks,
        installation: &InstallationName,
        environment: &EnvironmentName,
        application: &ApplicationName,
    ) -> anyhow::Result<Self> {
        let (base, of_environment) = (name::base(installation), name::environment(installation, environment));
        let of_application = name::application(installation, environment, application);
        let (base, of_environment, of_application) = tokio::try_join!(
            find(stacks, &base, "jetway install".to_owned()),
            find(stacks, &of_environment, "jetway install".to_owned()),
            find(stacks, &of_application, format!("jetway app create {environment}")),
        )?;
        Ok(Self { base, environment: of_environment, application: of_application })
    }

    /// What a release takes of them.
    pub(super) fn outputs(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut taken = BTreeMap::new();
        let all = [
            (&self.base, &OF_BASE[..]),
            (&self.environment, &OF_ENVIRONMENT[..]),
            (&self.application, &OF_APPLICATION[..]),
        ];
        for (stack, names) in all {
            for name in names {
                taken.insert((*name).to_owned(), stack.output(name)?.to_owned());
            }
        }
        let targets = self.application.outputs.get(TARGETS);
        taken.extend(targets.map(|targets| (TARGETS.to_owned(), targets.clone())));
        Ok(taken)
    }

    /// The ARN of the role in which release stacks are made.
    pub(super) fn release_role(&self) -> anyhow::Result<&str> {
        self.application.output("ReleaseRoleArn")
    }
}

async fn find(stacks: &Stacks, name: &str, command: String) -> anyhow::Result<Stack> {
    let Some(stack) = stacks.find(name).await? else {
        let message = format!("there is no stack {name} in {}; nothing was changed", stacks.account().region());
        return Err(UserError::usage(message).hint(format!("`{command}` makes it")).into());
    };
    if stack.status.is_usable() {
        return Ok(stack);
    }
    let message =
        format!("the stack {name} {} ({}); nothing was changed", stack.status.sentence(), stack.status.name());
    let error = UserError::failed(message);
    let advice = stack
        .status
        .advice(name, &stacks.account().options())
        .unwrap_or_else(|| format!("`{command}` goes on with it"));
    Err(error.hint(advice).into())
}

/// A release serves behind the load balancer that it was made for, and no other.
pub(super) fn check_targets(parents: &Parents, record: &ReleaseRecord) -> Result<(), UserError> {
    let pinned = record.machine.as_ref().and_then(|machine| machine.parents.get(TARGETS));
    if pinned == parents.application.outputs.get(TARGETS) || record.http.is_none() {
        return Ok(());
    }
    let message = format!("{} was made for a load balancer that is no more; nothing was launched", record.release);
    Err(UserError::usage(message).hint(format!("`jetway deploy {}` makes a new release", record.environment)))
}
