//! Carries a plan out: the base stack, the agent's package, then the environments side by side.

use futures_util::future::join_all;
use serde::Serialize;

use super::blueprint;
use super::package::Package;
use super::plan::Plan;
use crate::aws::stack::Stack;
use crate::aws::stack::carry_out::{Outcome, Work, all_or_first};
use crate::aws::stack::item::Item;
use crate::aws::store::S3Store;
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

/// Carries out what is planned for one region.
pub(super) async fn plan(
    session: &StackSession,
    plan: Plan<'_>,
    package: Option<&Package>,
) -> anyhow::Result<Vec<Settled>> {
    let Plan { stacks, base, environments, allowed } = plan;
    let work = Work { printer: session.printer, stacks, allowed };
    let (base, settled) = settle(work, base).await?;
    if let Some(package) = package {
        let store = S3Store::new(stacks.account().clone(), base.output("StorageBucket")?.to_owned());
        package.store(session.printer, &store).await?;
    }
    let on_base = async |item: Item| {
        let item = Item { new: blueprint::on_base(item.new, &base)?, ..item };
        settle(work, item).await.map(|(_, settled)| settled)
    };
    let ends = join_all(environments.into_iter().map(on_base)).await;
    let mut all = vec![settled];
    all.extend(all_or_first(session.printer, ends)?);
    Ok(all)
}

async fn settle(work: Work<'_>, item: Item) -> anyhow::Result<(Stack, Settled)> {
    let (stack, outcome) = work.carry_out(&item).await?;
    let account = work.stacks.account();
    let (account, region) = (account.id().to_owned(), account.region().to_owned());
    let settled = Settled { title: item.title, stack: stack.name.clone(), account, region, outcome };
    Ok((stack, settled))
}
