//! What is done to release stacks that are there: put on standby and brought back, scaled, removed. Always by parameters
//! alone, and always in the role that the stack was made in.

use std::collections::BTreeMap;

use jetway_common::current::Terms;
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName};
use jetway_common::release::ReleaseRecord;
use jetway_common::seconds::Seconds;
use jiff::{SignedDuration, Timestamp};

use super::plan;
use crate::aws::stack::show::View;
use crate::aws::stack::state::State;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Operation, Stack, Stacks};
use crate::error::{Exit, UserError, exit_of};
use crate::printer::Printer;

/// A planned action must lie in the future when CloudFormation comes to make it.
const SHORTEST_STANDBY: Seconds = Seconds(120);

/// What changes the release stacks of one environment, and shows it.
pub(super) struct Changes<'a> {
    pub(super) stacks: &'a Stacks,
    pub(super) printer: Printer,
    resume: String,
    words: Words,
}

impl<'a> Changes<'a> {
    /// Of stacks like that of `record`; `wait` goes on with what is left.
    pub(super) fn new(stacks: &'a Stacks, printer: Printer, record: &ReleaseRecord) -> Self {
        let resume = format!("jetway wait {}", record.environment);
        Self { stacks, printer, resume, words: plan::words(record) }
    }

    /// Of any release stacks in `environment`; `destroy` goes on with what is left.
    pub(super) fn of_all(stacks: &'a Stacks, printer: Printer, environment: &EnvironmentName) -> Self {
        Self { stacks, printer, resume: format!("jetway destroy {environment}"), words: Words::default() }
    }

    fn view<'v>(&'v self, title: &'v str) -> View<'v> {
        View { printer: self.printer, title, words: &self.words, resume: &self.resume }
    }

    /// The stack, once nothing is under way there; none if there is none, or only the name of one that never came to be.
    pub(super) async fn settled(&self, title: &str, name: &str) -> anyhow::Result<Option<Stack>> {
        Ok(match self.view(title).settle(self.stacks, name).await? {
            State::Usable(stack) => Some(stack),
            State::Absent | State::Stillborn { .. } => None,
        })
    }

    /// Takes the release out of rotation for `standby`; one for no time at all is removed.
    pub(super) async fn stand_by(&self, stack: &Stack, standby: Seconds) -> anyhow::Result<()> {
        if standby == Seconds(0) {
            return self.remove(vec![stack.clone()]).await;
        }
        if is_on_standby(stack) {
            return Ok(());
        }
        let changed = if is_balanced(stack) {
            let seconds = i64::from(standby.max(SHORTEST_STANDBY).0);
            let until = Timestamp::now().saturating_add(SignedDuration::from_secs(seconds))?;
            let until = until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            values([("InRotation", "false".to_owned()), ("StandbyUntil", until)])
        } else {
            // Two releases of a worker would do the same work twice.
            values([("InstanceCount", "0".to_owned())])
        };
        self.set("standby", stack, &changed).await
    }

    /// Begins to bring a release back from standby, with `count` instances if it has none.
    pub(super) async fn bring_back(&self, stack: &Stack, count: u32) -> anyhow::Result<()> {
        let mut changed = values([("StandbyUntil", String::new())]);
        if is_balanced(stack) {
            changed.insert("InRotation".to_owned(), "true".to_owned());
        }
        if stack.parameters.get("InstanceCount").is_some_and(|count| count == "0") {
            changed.insert("InstanceCount".to_owned(), count.to_string());
        }
        self.stacks.set_parameters(stack, &changed, stack.role.as_deref()).await.map(|_| ())
    }

    /// Changes the number of instances.
    pub(super) async fn scale(&self, stack: &Stack, count: u32) -> anyhow::Result<()> {
        self.set("scale", stack, &values([("InstanceCount", count.to_string())])).await
    }

    async fn set(&self, title: &str, stack: &Stack, changed: &BTreeMap<String, String>) -> anyhow::Result<()> {
        if let Some(operation) = self.stacks.set_parameters(stack, changed, stack.role.as_deref()).await? {
            let release = stack.tags.get("jetway:release").map_or("", String::as_str);
            self.view(&format!("{title} {release}")).show(self.stacks, operation).await?;
        }
        Ok(())
    }

    /// Keeps a release that failed: it must not come to serve after all, once its stack is complete. Whether that could be
    /// seen to: a stack that was given up half-way cannot be changed and kept.
    pub(super) async fn park(&self, stack: &Stack) -> anyhow::Result<bool> {
        let settled = match self.settled("keep", &stack.name).await {
            Ok(settled) => settled,
            Err(error) if exit_of(&error) == Exit::Unknown => return Err(error),
            Err(_) => None,
        };
        match settled {
            Some(stack) => self.stand_by(&stack, Terms::default().standby).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Removes stacks, all at once, and waits until each is gone. The first that does not go is an error, but keeps none
    /// of the others.
    pub(super) async fn remove(&self, stacks: Vec<Stack>) -> anyhow::Result<()> {
        let (mut operations, mut outcome) = (Vec::new(), Ok(()));
        for stack in stacks {
            match self.begin_removal(stack).await {
                Ok(operation) => operations.extend(operation),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        for operation in operations {
            outcome = outcome.and(self.view("remove").show(self.stacks, operation).await.map(|_| ()));
        }
        outcome
    }

    /// Begins to remove a stack, whatever else is under way there; none if it is gone by then.
    async fn begin_removal(&self, stack: Stack) -> anyhow::Result<Option<Operation>> {
        let is_deletable = matches!(stack.status.name(), "CREATE_IN_PROGRESS" | "DELETE_IN_PROGRESS");
        if stack.status.is_settled() || is_deletable {
            return self.stacks.delete(&stack, stack.role.as_deref()).await.map(Some);
        }
        // CloudFormation refuses to delete what it is changing or undoing. How that ends is no reason to keep it.
        match self.settled("before", &stack.name).await {
            Err(error) if exit_of(&error) == Exit::Unknown => return Err(error),
            Err(error) => tracing::warn!("{error:#}"),
            Ok(_) => {}
        }
        let Some(left) = self.stacks.find(&stack.name).await? else { return Ok(None) };
        self.stacks.delete(&left, left.role.as_deref()).await.map(Some)
    }
}

/// Whether the release is there and does not serve.
pub(super) fn is_on_standby(stack: &Stack) -> bool {
    let is = |name: &str, value: &str| stack.parameters.get(name).is_some_and(|found| found == value);
    is("InRotation", "false") || (!is_balanced(stack) && is("InstanceCount", "0"))
}

/// Whether the release was live once: nothing but its parameters ever changes, and that only when it takes over, is taken
/// over from, or is scaled.
pub(super) fn was_live(stack: &Stack) -> bool {
    stack.status.name().starts_with("UPDATE")
}

/// Refuses to touch a stack of that name that is not ours.
pub(super) fn check_owner(stack: &Stack, record: &ReleaseRecord) -> Result<(), UserError> {
    let ReleaseRecord { installation, environment, application, release, .. } = record;
    let is_of_release = stack.tags.get("jetway:release") == Some(&release.to_string());
    if is_of_release && is_of(stack, installation, environment, application) {
        return Ok(());
    }
    Err(foreign(stack, &release.to_string()))
}

/// Whether a stack has the tags of the application's releases.
pub(super) fn is_of(
    stack: &Stack,
    installation: &InstallationName,
    environment: &EnvironmentName,
    application: &ApplicationName,
) -> bool {
    let is = |key: &str, value: &str| stack.tags.get(key).is_some_and(|found| found == value);
    is("jetway:installation", installation.as_str())
        && is("jetway:environment", environment.as_str())
        && is("jetway:application", application.as_str())
}

/// What is said of a stack that has only the name of something of ours.
pub(super) fn foreign(stack: &Stack, whose: &str) -> UserError {
    let message =
        format!("there is a stack {} that does not have the tags of {whose}; nothing was changed", stack.name);
    UserError::failed(message).hint("remove it by hand if nobody needs it")
}

fn is_balanced(stack: &Stack) -> bool {
    stack.parameters.contains_key("InRotation")
}

fn values<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
