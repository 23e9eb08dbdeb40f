//! In which state a stack is found by a command that wants to change it: what is under way is waited for first.

use super::events::Events;
use super::show::View;
use super::status::Meaning;
use super::{Goal, Operation, Stack, Stacks};
use crate::error::UserError;

/// What a command finds under a stack's name, with nothing under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Absent,
    /// A stack that never came to be: it holds nothing, and can only be deleted.
    Stillborn {
        /// The stack.
        stack: Stack,
        /// Why it never came to be.
        cause: String,
    },
    /// A stack that can be used and changed.
    Usable(Stack),
}

impl View<'_> {
    /// The state of the stack `name`, once what is under way there has ended. An error if that ends badly, or if the stack
    /// needs a person.
    pub async fn settle(&self, stacks: &Stacks, name: &str) -> anyhow::Result<State> {
        let Some(mut stack) = stacks.find(name).await? else { return Ok(State::Absent) };
        if !stack.status.is_settled() {
            self.printer.say(format_args!("the stack {name} {}: waiting for that", stack.status.sentence()));
            let operation = Operation::joined(&stack);
            let goal = operation.goal;
            match self.show(stacks, operation).await? {
                Some(now) if goal == Goal::Present => stack = now,
                _ => return Ok(State::Absent),
            }
        }
        if stack.status.is_stillborn() {
            let cause = self.cause(stacks, &stack).await?;
            return Ok(State::Stillborn { stack, cause });
        }
        if stack.status.is_usable() {
            return Ok(State::Usable(stack));
        }
        Err(self.stuck(stacks, &stack).await?.into())
    }

    async fn cause(&self, stacks: &Stacks, stack: &Stack) -> anyhow::Result<String> {
        if stack.status.meaning() == Meaning::Empty {
            return Ok(stack.status.sentence().to_owned());
        }
        let failure = stacks.first_failure(stack).await?;
        let reason = failure.map(|event| event.tell(self.words)).or_else(|| stack.reason.clone());
        Ok(reason.unwrap_or_else(|| stack.status.sentence().to_owned()))
    }

    async fn stuck(&self, stacks: &Stacks, stack: &Stack) -> anyhow::Result<UserError> {
        let told = format!("the stack {} {} ({})", stack.name, stack.status.sentence(), stack.status.name());
        let message = match stacks.first_failure(stack).await? {
            Some(event) => format!("{}\n       {told}", event.tell(self.words)),
            None => told,
        };
        let error = UserError { message, hint: None, exit: stack.status.exit() };
        Ok(match stack.status.advice(&stack.name, &stacks.account().options()) {
            Some(advice) => error.hint(advice),
            None => error,
        })
    }
}

impl Stacks {
    /// What failed first in the last operation on `stack`, if something did.
    pub async fn first_failure(&self, stack: &Stack) -> Result<Option<super::events::StackEvent>, UserError> {
        let mut events = Events::default();
        let doing = format!("read the events of the stack {}", stack.name);
        events.news(&self.client, &stack.id).await.map_err(|error| self.account().explain(&doing, &error))?;
        Ok(events.first_failure().cloned())
    }
}
