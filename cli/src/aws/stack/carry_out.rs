//! Makes stacks what they should be, after people have agreed, and tells what was done.

use serde::Serialize;

use super::changes::Proposal;
use super::item::{Item, Step};
use super::{Stack, Stacks};
use crate::error::UserError;
use crate::printer::Printer;

/// What carries items out in one account and region.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// Where it is shown.
    pub printer: Printer,
    /// Where the stacks are.
    pub stacks: &'a Stacks,
    /// The resources that may be lost, for an item that is compared only now.
    pub allowed: &'a [String],
}

/// What was done for a stack to be as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// Nothing.
    Unchanged,
}

impl Work<'_> {
    /// Makes one stack what it should be, and gives it as it is then.
    pub async fn carry_out(&self, item: &Item) -> anyhow::Result<(Stack, Outcome)> {
        let (stack, outcome) = match &item.step {
            Step::Create => (self.create(item).await?, Outcome::Created),
            Step::Recreate(old, _) => {
                item.view(self.printer).remove(self.stacks, old).await?;
                (self.create(item).await?, Outcome::Created)
            }
            Step::Change(proposal) => (self.change(item, proposal).await?, Outcome::Changed),
            Step::Compare(stack) => {
                match self.stacks.propose_without_loss(stack, &item.new, &item.words, self.allowed).await? {
                    Some(proposal) => (self.change(item, &proposal).await?, Outcome::Changed),
                    None => (stack.clone(), Outcome::Unchanged),
                }
            }
            Step::Keep(stack) => (stack.clone(), Outcome::Unchanged),
        };
        if stack.is_protected {
            return Ok((stack, outcome));
        }
        self.stacks.protect(&stack, true).await?;
        Ok((stack, if outcome == Outcome::Unchanged { Outcome::Changed } else { outcome }))
    }

    async fn create(&self, item: &Item) -> anyhow::Result<Stack> {
        match self.stacks.create(&item.new).await {
            Ok(operation) => item.view(self.printer).made(self.stacks, operation).await,
            Err(error) => Err(self.race(item).await.unwrap_or(error)),
        }
    }

    /// What a person is told if another command, or one that was killed, has just begun to make the same stack.
    async fn race(&self, item: &Item) -> Option<anyhow::Error> {
        let stack = self.stacks.find(item.new.name()).await.ok()??;
        if !item.new.is_of_same_owner(&stack) {
            return None;
        }
        let message = format!("the stack {} was begun by another command at this moment", stack.name);
        Some(UserError::unknown(message).hint(format!("`{}` goes on with it", item.resume)).into())
    }

    async fn change(&self, item: &Item, proposal: &Proposal) -> anyhow::Result<Stack> {
        let (stacks, view) = (self.stacks, item.view(self.printer));
        if item.beforehand.is_empty() {
            return view.made(stacks, stacks.execute(proposal).await?).await;
        }
        // A change of the stack ends every proposal for it.
        let stack = proposal.stack();
        stacks.discard(proposal).await?;
        if let Some(operation) = stacks.set_parameters(stack, &item.beforehand, None).await? {
            view.made(stacks, operation).await?;
        }
        match stacks.propose(stack, &item.new).await? {
            Some(proposal) => view.made(stacks, stacks.execute(&proposal).await?).await,
            None => Ok(stack.clone()),
        }
    }
}

/// What became of several at once: all of them, or the first error. The others are told: one that fails stops no other.
pub fn all_or_first<T>(printer: Printer, ends: Vec<anyhow::Result<T>>) -> anyhow::Result<Vec<T>> {
    let (mut done, mut failed) = (Vec::new(), None);
    for end in ends {
        match (end, &failed) {
            (Ok(one), _) => done.push(one),
            (Err(error), None) => failed = Some(error),
            (Err(error), Some(_)) => printer.error(&error),
        }
    }
    failed.map_or(Ok(done), Err)
}
