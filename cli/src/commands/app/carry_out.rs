//! Carries plans out, those of all environments side by side.

use futures_util::future::join_all;

use super::answer::Settled;
use super::plan::Plan;
use crate::aws::stack::carry_out::{Work, all_or_first};
use crate::aws::stack::show::{BEGUN, unless_interrupted};

/// Carries out all plans; `resume` is the command that goes on with them.
pub(super) async fn all(plans: &[Plan<'_>], resume: &str) -> anyhow::Result<Vec<Settled>> {
    let Some(first) = plans.first() else { return Ok(Vec::new()) };
    let carried_out = Box::pin(async {
        let ends = join_all(plans.iter().map(Plan::carry_out)).await;
        all_or_first(first.site.session.printer, ends)
    });
    unless_interrupted(BEGUN, resume, carried_out).await
}

impl Plan<'_> {
    async fn carry_out(&self) -> anyhow::Result<Settled> {
        let Self { site, item } = self;
        let work = Work { printer: site.session.printer, stacks: &site.stacks, allowed: &[] };
        let (stack, outcome) = work.carry_out(item).await?;
        Ok(Settled::new(site, &stack, outcome))
    }
}
