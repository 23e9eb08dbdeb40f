//! Carries plans out, those of all environments side by side.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::answer::Settled;
use super::blueprint::DELETION_PROTECTION;
use super::plan::{LOAD_BALANCER, Plan, Step, loses};
use crate::aws::stack::changes::Proposal;
use crate::aws::stack::{Operation, Stack};
use crate::commands::install::Outcome;

/// Carries out all plans. One that fails does not stop the others; the first error is given back, the others are told.
pub(super) async fn all(plans: &[Plan<'_>]) -> anyhow::Result<Vec<Settled>> {
    let ends = join_all(plans.iter().map(Plan::carry_out)).await;
    let (mut settled, mut failed) = (Vec::new(), None);
    for (plan, end) in plans.iter().zip(ends) {
        match (end, &failed) {
            (Ok(one), _) => settled.push(one),
            (Err(error), None) => failed = Some(error),
            (Err(error), Some(_)) => plan.site.session.printer.error(&error),
        }
    }
    failed.map_or(Ok(settled), Err)
}

impl Plan<'_> {
    async fn carry_out(&self) -> anyhow::Result<Settled> {
        let (stack, outcome) = match &self.step {
            Step::Create => (self.create().await?, Outcome::Created),
            Step::Recreate(old, _) => {
                self.site.view(&self.words, &self.resume).remove(&self.site.stacks, old).await?;
                (self.create().await?, Outcome::Created)
            }
            Step::Change(proposal) => (self.change(proposal).await?, Outcome::Changed),
            Step::Keep(stack) => (stack.clone(), Outcome::Unchanged),
        };
        if !stack.is_protected {
            self.site.stacks.protect(&stack, true).await?;
        }
        Ok(Settled::new(&self.site, &stack, outcome))
    }

    async fn create(&self) -> anyhow::Result<Stack> {
        let operation = self.site.stacks.create(&self.new).await?;
        self.follow(operation).await
    }

    async fn change(&self, proposal: &Proposal) -> anyhow::Result<Stack> {
        let stacks = &self.site.stacks;
        if !loses(&proposal.changes, LOAD_BALANCER) {
            return self.follow(stacks.execute(proposal).await?).await;
        }
        // CloudFormation removes what a change leaves behind last, and calls the change done even if that fails: a load
        // balancer that refuses to be deleted would be left for ever. A change of the stack ends every proposal for it.
        let stack = proposal.stack();
        stacks.discard(proposal).await?;
        let off = BTreeMap::from([(DELETION_PROTECTION.to_owned(), "false".to_owned())]);
        if let Some(operation) = stacks.set_parameters(stack, &off, None).await? {
            self.follow(operation).await?;
        }
        match stacks.propose(stack, &self.new).await? {
            Some(proposal) => self.follow(stacks.execute(&proposal).await?).await,
            None => Ok(stack.clone()),
        }
    }

    async fn follow(&self, operation: Operation) -> anyhow::Result<Stack> {
        self.site.view(&self.words, &self.resume).made(&self.site.stacks, operation).await
    }
}
