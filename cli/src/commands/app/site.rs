//! One application in one environment: its stack, and the account and region that it is in.

use std::fmt;

use jetway_common::name::{ApplicationName, EnvironmentName};

use crate::aws::stack::show::View;
use crate::aws::stack::state::State;
use crate::aws::stack::words::Words;
use crate::aws::stack::{Stack, Stacks, name};
use crate::commands::install;
use crate::error::UserError;
use crate::stack_session::StackSession;

/// One application in one environment.
pub(super) struct Site<'a> {
    pub(super) session: &'a StackSession,
    pub(super) stacks: Stacks,
    pub(super) environment: EnvironmentName,
    pub(super) application: ApplicationName,
}

impl<'a> Site<'a> {
    /// The application in the environment that is named; in all that these credentials reach when none is.
    pub(super) async fn open(
        session: &'a StackSession,
        named: Option<&EnvironmentName>,
    ) -> anyhow::Result<Vec<Site<'a>>> {
        let application = session.application()?;
        let site = |stacks: &Stacks, environment: &EnvironmentName| Self {
            session,
            stacks: stacks.clone(),
            environment: environment.clone(),
            application: application.clone(),
        };
        if let Some(environment) = named {
            return Ok(vec![site(&Stacks::new(&session.account(environment).await?), environment)]);
        }
        let (places, skipped) = install::places(session).await?;
        for skipped in &skipped {
            session.printer.warn(skipped);
        }
        let sites = places.iter().flat_map(|place| place.environments.iter().map(|name| site(&place.stacks, name)));
        Ok(sites.collect())
    }

    /// The name of the stack.
    pub(super) fn name(&self) -> String {
        name::application(&self.session.installation().name, &self.environment, &self.application)
    }

    /// Whether there is a stack of that name, in whatever state.
    pub(super) async fn has_stack(&self) -> Result<bool, UserError> {
        Ok(self.stacks.find(&self.name()).await?.is_some())
    }

    /// What is there, with nothing under way. An error if a stack of that name is not this application's.
    pub(super) async fn state(&self, words: &Words, resume: &str) -> anyhow::Result<State> {
        let state = self.view(words, resume).settle(&self.stacks, &self.name()).await?;
        if let State::Usable(stack) | State::Stillborn { stack, .. } = &state {
            self.check_owner(stack)?;
        }
        Ok(state)
    }

    /// How its stack is shown while something happens to it; `resume` is the command that goes on with it.
    pub(super) fn view<'v>(&'v self, words: &'v Words, resume: &'v str) -> View<'v> {
        View { printer: self.session.printer, title: self.environment.as_str(), words, resume }
    }

    /// The stacks of its releases.
    pub(super) async fn releases(&self) -> anyhow::Result<Vec<Stack>> {
        let prefix = name::releases(&self.session.installation().name, &self.environment, &self.application);
        Ok(self.stacks.list(&prefix).await?)
    }

    /// Refuses a stack that has only the name in common: nothing of another owner is ever changed.
    pub(super) fn check_owner(&self, stack: &Stack) -> Result<(), UserError> {
        let wanted = [
            ("jetway:installation", self.session.installation().name.as_str()),
            ("jetway:environment", self.environment.as_str()),
            ("jetway:application", self.application.as_str()),
        ];
        match wanted.iter().find(|(key, value)| stack.tags.get(*key).map(String::as_str) != Some(*value)) {
            None => Ok(()),
            Some((key, value)) => {
                let lacks = format!("it lacks the tag {key} = {value}; nothing was changed");
                let message = format!("there is a stack {}, and it is not this application's: {lacks}", stack.name);
                Err(UserError::failed(message))
            }
        }
    }
}

/// The environment, and where it is.
impl fmt::Display for Site<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.environment, self.stacks.account())
    }
}
