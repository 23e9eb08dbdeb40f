//! Shows an operation to a person until it ends: one line that tells what is at work, and the seconds it took.

use super::events::StackEvent;
use super::follow::{Follow, Look};
use super::words::Words;
use super::{Goal, Operation, Stack, Stacks};
use crate::error::{Exit, UserError};
use crate::printer::Printer;
use crate::progress::Step;
use crate::signals::Signals;

/// What CloudFormation goes on with when nobody knows which of several stacks that is.
pub const BEGUN: &str = "what it was asked for";

/// How one operation is shown.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Where.
    pub printer: Printer,
    /// What the line begins with: what the stack is to people.
    pub title: &'a str,
    /// What the stack's resources are for.
    pub words: &'a Words,
    /// The command that goes on with it when this one is interrupted.
    pub resume: &'a str,
}

impl View<'_> {
    /// Shows `operation` until it ends or this command is told to. The stack as it is then, if there is one; an error,
    /// the first cause first, if the operation did not come to its goal or that cannot be known.
    pub async fn show(&self, stacks: &Stacks, operation: Operation) -> anyhow::Result<Option<Stack>> {
        let goes_on = format!("the stack {}", operation.name);
        unless_interrupted(&goes_on, self.resume, self.follow(stacks, operation)).await
    }

    /// Shows `operation` until it ends: the stack as it is then. That somebody else deleted it meanwhile is an error, too.
    pub async fn made(&self, stacks: &Stacks, operation: Operation) -> anyhow::Result<Stack> {
        let name = operation.name.clone();
        let stack = self.show(stacks, operation).await?;
        Ok(stack.ok_or_else(|| UserError::failed(format!("the stack {name} was deleted while it was worked on")))?)
    }

    /// Deletes `stack`, protected or not, and shows that until it is gone.
    pub async fn remove(&self, stacks: &Stacks, stack: &Stack) -> anyhow::Result<()> {
        if stack.is_protected {
            stacks.protect(stack, false).await?;
        }
        let operation = stacks.delete(stack, None).await?;
        self.show(stacks, operation).await.map(|_| ())
    }

    async fn follow(&self, stacks: &Stacks, operation: Operation) -> anyhow::Result<Option<Stack>> {
        let step = self.printer.step(self.title);
        let mut follow = Follow::new(stacks, operation);
        loop {
            let look = follow.look().await.map_err(|blind| self.blind(blind))?;
            self.tell(&step, &follow, &look);
            let Some(end) = look.end else {
                follow.pause().await;
                continue;
            };
            let operation = follow.operation();
            if end.exit(operation.goal) != Exit::Done {
                return Err(end.explain(operation, stacks.account(), self.words).into());
            }
            let outcome = match (operation.goal, follow.events().completed()) {
                (Goal::Absent, _) => format!("the stack {} is deleted", operation.name),
                (Goal::Present, 1) => format!("{}, 1 resource", end.status.sentence()),
                (Goal::Present, completed) => format!("{}, {completed} resources", end.status.sentence()),
            };
            step.done(&outcome);
            return Ok(end.stack);
        }
    }

    fn tell(&self, step: &Step, follow: &Follow<'_>, look: &Look) {
        for event in &look.news {
            self.tell_event(follow, event);
        }
        if let Some(obstacle) = &look.obstacle {
            step.note(&format!("{obstacle}; still looking"));
        } else if let Some(event) = follow.events().at_work() {
            let completed = follow.events().completed();
            step.note(&format!("{completed} done, now: {}", self.words.tell(&event.resource, &event.kind)));
        }
    }

    /// Failures are told as they come; what is done, only to those who want to know it all.
    fn tell_event(&self, follow: &Follow<'_>, event: &StackEvent) {
        if event.is_failure() {
            self.printer.say(format_args!("  {:<10} {}", self.title, event.tell(self.words)));
        } else if event.is_complete() && !event.is_of_stack {
            let seconds = follow.events().seconds(event).unwrap_or_default();
            let what = self.words.tell(&event.resource, &event.kind);
            self.printer.detail(format_args!("    {:<8} {what} ({seconds:.1} s)", self.title));
        }
    }

    fn blind(&self, blind: UserError) -> UserError {
        UserError { message: format!("{}, and {}", blind.message, self.goes_on()), ..blind }
    }

    fn goes_on(&self) -> String {
        goes_on(self.resume)
    }
}

/// Does `work` unless this command is told to end, at once and wherever it is: CloudFormation goes on with `what`, and the
/// command `resume` with the rest.
pub async fn unless_interrupted<T>(
    what: &str,
    resume: &str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut signals = Signals::listen()?;
    tokio::select! {
        // What is shown inside of `work` is told of the same signal, and knows better what goes on.
        biased;
        ended = work => ended,
        _ = signals.next() => {
            let message = format!("interrupted: CloudFormation goes on with {what}");
            Err(UserError::unknown(message).hint(goes_on(resume)).into())
        }
    }
}

fn goes_on(resume: &str) -> String {
    format!("`{resume}` goes on with it")
}
