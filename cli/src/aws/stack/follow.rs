//! Follows an operation to its end: what has happened since the last look, and how it ended.
//!
//! A look that fails decides nothing. The outcome is what CloudFormation says of the stack, never what a call came to.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use super::events::{Events, StackEvent};
use super::status::Status;
use super::words::Words;
use super::{Goal, Operation, Stack, Stacks};
use crate::aws::account::Account;
use crate::aws::fault::Fault;
use crate::error::{Exit, UserError};

/// The first pause between two looks, for operations that take no time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(400);
/// The pause that it grows to: an account may ask CloudFormation a few times a second, and others ask, too.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The pause after looks that failed.
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// How long looks may fail, one after the other, before it is said that nothing is known.
const PATIENCE: Duration = Duration::from_mins(15);
/// How long a settled status may be that of the operation before, where no event says that this one has begun.
const BEGINS_WITHIN: Duration = Duration::from_secs(20);

/// An operation that is being followed.
#[derive(Debug)]
pub struct Follow<'a> {
    stacks: &'a Stacks,
    operation: Operation,
    events: Events,
    began: Instant,
    pause: Duration,
    failing: Option<Failing>,
}

/// Looks that fail one after the other.
#[derive(Debug)]
struct Failing {
    since: Instant,
    pause: Duration,
}

/// What a look at the stack has shown.
#[derive(Debug, Default)]
pub struct Look {
    /// What has happened since the last look, oldest first.
    pub news: Vec<StackEvent>,
    /// How the operation ended, if it has.
    pub end: Option<End>,
    /// Why this look has shown nothing, although the operation goes on.
    pub obstacle: Option<String>,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The stack; none if there is none any more.
    pub stack: Option<Stack>,
    /// Its last status.
    pub status: Status,
    /// What failed first, if something did.
    pub cause: Option<StackEvent>,
}

impl<'a> Follow<'a> {
    /// Follows `operation` from its beginning.
    pub fn new(stacks: &'a Stacks, operation: Operation) -> Self {
        Self {
            stacks,
            operation,
            events: Events::default(),
            began: Instant::now(),
            pause: SHORTEST_PAUSE,
            failing: None,
        }
    }

    /// What is followed.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// All that has happened so far.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Looks once. An error means that waiting cannot help to see more; the operation goes on nevertheless.
    pub async fn look(&mut self) -> Result<Look, UserError> {
        let Operation { stack_id, name, .. } = &self.operation;
        // The status first: the events that are read after it tell at least all that led to it.
        let stack = match self.stacks.describe(&self.stacks.impatient, stack_id).await {
            Ok(stack) => stack,
            Err(error) => {
                let is_transient = Fault::of(&error).is_transient();
                return self
                    .missed(is_transient, self.stacks.account.explain(&format!("describe the stack {name}"), &error));
            }
        };
        let news = match self.events.news(&self.stacks.impatient, stack_id).await {
            Ok(news) => news,
            Err(error) => {
                let is_transient = Fault::of(&error).is_transient();
                return self.missed(
                    is_transient,
                    self.stacks.account.explain(&format!("read the events of the stack {name}"), &error),
                );
            }
        };
        self.failing = None;
        self.pause = (self.pause * 5 / 4).min(LONGEST_PAUSE);
        let end = self.end(stack);
        Ok(Look { news, end, obstacle: None })
    }

    /// Waits until it is time for the next look.
    pub async fn pause(&self) {
        // Commands that were started together would go on asking together.
        let pause = self.failing.as_ref().map_or(self.pause, |failing| failing.pause);
        tokio::time::sleep(pause.mul_f64(jitter())).await;
    }

    /// The end of the operation, unless it is still to come.
    fn end(&self, stack: Option<Stack>) -> Option<End> {
        let Some(stack) = stack else {
            return Some(End { stack: None, status: Status::named("DELETE_COMPLETE"), cause: None });
        };
        let token = self.operation.token.as_ref();
        let has_begun = token.is_none_or(|token| self.events.is_of(token) || self.began.elapsed() > BEGINS_WITHIN);
        if !has_begun || !stack.status.is_settled() {
            return None;
        }
        let cause = self.events.first_failure().cloned();
        Some(End { status: stack.status.clone(), stack: Some(stack), cause })
    }

    fn missed(&mut self, is_transient: bool, told: UserError) -> Result<Look, UserError> {
        let pause = self.pause;
        let failing = self.failing.get_or_insert_with(|| Failing { since: Instant::now(), pause });
        if !is_transient || failing.since.elapsed() > PATIENCE {
            let message = format!("{}; the work on the stack {} goes on", told.message, self.operation.name);
            return Err(UserError { message, hint: told.hint, exit: Exit::Unknown });
        }
        failing.pause = (failing.pause * 3 / 2).min(LONGEST_RETRY);
        Ok(Look { obstacle: Some(told.message), ..Look::default() })
    }
}

impl End {
    /// Whether the operation came to its goal.
    pub fn exit(&self, goal: Goal) -> Exit {
        match goal {
            Goal::Present => self.status.exit(),
            Goal::Absent => self.status.exit_of_deletion(),
        }
    }

    /// The end of `operation` in `account` as an error, the first cause first; `words` tell what its resources are for.
    pub fn explain(&self, operation: &Operation, account: &Account, words: &Words) -> UserError {
        let name = &operation.name;
        let outcome = format!("the stack {name} {} ({})", self.status.sentence(), self.status.name());
        let cause = self.cause.as_ref().map(|cause| cause.tell(words));
        let reason = || self.stack.as_ref().and_then(|stack| stack.reason.clone());
        let message = match cause.or_else(reason) {
            Some(cause) => format!("{cause}\n       {outcome}"),
            None => outcome,
        };
        let error = UserError { message, hint: None, exit: self.exit(operation.goal) };
        match self.status.advice(name, &account.options()) {
            Some(advice) => error.hint(advice),
            None => error,
        }
    }
}

/// A factor around one.
fn jitter() -> f64 {
    let random = RandomState::new().build_hasher().finish() % 1000;
    0.8 + f64::from(u32::try_from(random).unwrap_or_default()) / 2500.0
}
