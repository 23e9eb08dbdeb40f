//! Carries a plan out: the base stack, the agent's package, then the environments side by side.

use futures_util::future::join_all;
use serde::Serialize;

use super::RESUME;
use super::blueprint;
use super::package::Package;
use super::plan::{Item, Plan, Step};
use crate::aws::stack::change::refuse_losses;
use crate::aws::stack::show::View;
use crate::aws::stack::{Operation, Stack, Stacks};
use crate::aws::store::S3Store;
use crate::error::UserError;
use crate::stack_session::StackSession;

/// A stack that is as it should be.
#[derive(Debug, Serialize)]
pub(super) struct Settled {
    #[serde(skip)]
    pub(super) title: String,
    pub(super) stack: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) outcome: Outcome,
}

/// What was done for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::commands) enum Outcome {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// Nothing.
    Unchanged,
}

/// Carries out what is planned for one region.
pub(super) async fn plan(
    session: &StackSession,
    plan: Plan<'_>,
    package: Option<&Package>,
) -> anyhow::Result<Vec<Settled>> {
    let Plan { stacks, base, environments, allowed } = plan;
    let work = Work { session, stacks, allowed };
    let (base, settled) = work.settle(base).await?;
    if let Some(package) = package {
        let store = S3Store::new(stacks.account().clone(), base.output("StorageBucket")?.to_owned());
        package.store(session.printer, &store).await?;
    }
    // One that fails must not leave the other half-watched.
    let ends = join_all(environments.into_iter().map(|item| work.settle_on(&base, item))).await;
    let mut all = vec![settled];
    let mut failed = None;
    for end in ends {
        match (end, &failed) {
            (Ok((_, settled)), _) => all.push(settled),
            (Err(error), None) => failed = Some(error),
            (Err(error), Some(_)) => session.printer.error(&error),
        }
    }
    failed.map_or(Ok(all), Err)
}

struct Work<'a> {
    session: &'a StackSession,
    stacks: &'a Stacks,
    allowed: &'a [String],
}

impl Work<'_> {
    async fn settle_on(&self, base: &Stack, item: Item) -> anyhow::Result<(Stack, Settled)> {
        self.settle(Item { new: blueprint::on_base(item.new, base)?, ..item }).await
    }

    async fn settle(&self, item: Item) -> anyhow::Result<(Stack, Settled)> {
        let (stack, outcome) = match &item.step {
            Step::Create => (self.create(&item).await?, Outcome::Created),
            Step::Recreate(old, _) => {
                self.view(&item).remove(self.stacks, old).await?;
                (self.create(&item).await?, Outcome::Created)
            }
            Step::Change(proposal) => {
                let operation = self.stacks.execute(proposal).await?;
                (self.follow(&item, operation).await?, Outcome::Changed)
            }
            Step::Compare(stack) => self.compare(&item, stack).await?,
            Step::Keep(stack) => (stack.clone(), Outcome::Unchanged),
        };
        let outcome = self.protect(&stack, outcome).await?;
        let account = self.stacks.account();
        let (account, region) = (account.id().to_owned(), account.region().to_owned());
        Ok((stack.clone(), Settled { title: item.title, stack: stack.name, account, region, outcome }))
    }

    async fn create(&self, item: &Item) -> anyhow::Result<Stack> {
        match self.stacks.create(&item.new).await {
            Ok(operation) => self.follow(item, operation).await,
            Err(error) => Err(self.race(item).await.unwrap_or(error)),
        }
    }

    /// What a person is told if another command, or one that was killed, has just begun to make the same stack.
    async fn race(&self, item: &Item) -> Option<anyhow::Error> {
        let stack = self.stacks.find(item.new.name()).await.ok()??;
        let installation = self.session.installation().name.as_str();
        stack.tags.get("jetway:installation").filter(|tag| *tag == installation)?;
        let message = format!("the stack {} was begun by another command at this moment", stack.name);
        Some(UserError::unknown(message).hint(format!("`{RESUME}` goes on with it")).into())
    }

    async fn compare(&self, item: &Item, stack: &Stack) -> anyhow::Result<(Stack, Outcome)> {
        let Some(proposal) = self.stacks.propose(stack, &item.new).await? else {
            return Ok((stack.clone(), Outcome::Unchanged));
        };
        if let Err(refusal) = refuse_losses(item.new.name(), &proposal.changes, self.allowed, &item.words) {
            self.stacks.discard(&proposal).await?;
            return Err(refusal.into());
        }
        let operation = self.stacks.execute(&proposal).await?;
        Ok((self.follow(item, operation).await?, Outcome::Changed))
    }

    async fn protect(&self, stack: &Stack, outcome: Outcome) -> anyhow::Result<Outcome> {
        if stack.is_protected {
            return Ok(outcome);
        }
        self.stacks.protect(stack, true).await?;
        Ok(if outcome == Outcome::Unchanged { Outcome::Changed } else { outcome })
    }

    async fn follow(&self, item: &Item, operation: Operation) -> anyhow::Result<Stack> {
        self.view(item).made(self.stacks, operation).await
    }

    fn view<'v>(&self, item: &'v Item) -> View<'v> {
        View { printer: self.session.printer, title: &item.title, words: &item.words, resume: RESUME }
    }
}
