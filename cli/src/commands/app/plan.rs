//! What would become of one application stack, in plain words; nothing is changed by making it.

use std::collections::BTreeMap;

use super::blueprint::{Blueprint, DELETION_PROTECTION, NEW_LOG_GROUP};
use super::site::Site;
use crate::aws::stack::change::Change;
use crate::aws::stack::item::{Item, Step};
use crate::aws::stack::new_stack::NewStack;
use crate::aws::stack::state::State;
use crate::aws::stack::words::Words;
use crate::error::UserError;

/// What is to become of the application in one environment.
pub(super) struct Plan<'a> {
    pub(super) site: Site<'a>,
    pub(super) item: Item,
}

/// The load balancer, which refuses to be deleted until it is told otherwise.
const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
/// What the load balancer sends requests to; releases are put into it as they are made, and never later.
pub(super) const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

impl<'a> Plan<'a> {
    /// What it takes for the stack to be there; one that is there stays as it is.
    pub(super) async fn to_create(site: Site<'a>) -> anyhow::Result<Self> {
        let resume = format!("jetway app create {}", site.environment);
        let blueprint = Blueprint::read(&site)?;
        blueprint.check_certificate(&site).await?;
        blueprint.check_ssh(&site);
        let state = site.state(&blueprint.words(), &resume).await?;
        let existing = if let State::Usable(stack) = &state { Some(stack) } else { None };
        let new = blueprint.stack(&site, existing).await?;
        let step = match state {
            State::Absent => Step::Create,
            State::Stillborn { stack, cause } => Step::Recreate(stack, cause),
            State::Usable(stack) => Step::Keep(stack),
        };
        let item = item(&site, new, blueprint.words(), step, resume);
        Ok(Self { site, item })
    }

    /// What it takes for the stack to be as the manifest says. An error if that loses what nothing brings back, unless
    /// each such resource is in `allowed`.
    pub(super) async fn to_update(site: Site<'a>, allowed: &[String]) -> anyhow::Result<Self> {
        let resume = format!("jetway app update {}", site.environment);
        let blueprint = Blueprint::read(&site)?;
        blueprint.check_certificate(&site).await?;
        blueprint.check_ssh(&site);
        let State::Usable(stack) = site.state(&blueprint.words(), &resume).await? else {
            return Err(absent(&site).into());
        };
        let new = blueprint.stack(&site, Some(&stack)).await?;
        let words = blueprint.words().and_of(&site.stacks.template(&stack).await?);
        let proposal = site.stacks.propose_without_loss(&stack, &new, &words, allowed).await?;
        let item = item(&site, new, words, Step::to_change(stack, proposal), resume);
        Ok(Self { site, item })
    }

    /// Tells people what would change.
    fn tell(&self) {
        let printer = self.site.session.printer;
        printer.say(&self.site);
        self.item.tell(printer);
    }

    /// Forgets what was asked of CloudFormation.
    pub(super) async fn discard(&self) -> anyhow::Result<()> {
        self.item.discard(&self.site.stacks).await
    }
}

/// CloudFormation removes what a change leaves behind last, and calls the change done even if that fails: a load balancer
/// that refuses to be deleted would be left for ever.
fn beforehand(step: &Step) -> BTreeMap<String, String> {
    let Step::Change(proposal) = step else { return BTreeMap::new() };
    let off = loses(&proposal.changes, LOAD_BALANCER).then(|| (DELETION_PROTECTION.to_owned(), "false".to_owned()));
    off.into_iter().collect()
}

fn item(site: &Site<'_>, new: NewStack, words: Words, step: Step, resume: String) -> Item {
    let is_kept = new.value(NEW_LOG_GROUP) == Some("false");
    let facts =
        if is_kept { ", but for the log group: that of an earlier application of this name is kept" } else { "" };
    let (title, beforehand, facts) = (site.environment.to_string(), beforehand(&step), facts.to_owned());
    Item { title, new, words, step, beforehand, facts, resume }
}

/// Whether a resource of this type goes, or another takes its place.
pub(super) fn loses(changes: &[Change], kind: &str) -> bool {
    changes.iter().any(|change| change.kind == kind && change.is_loss())
}

/// Shows all plans and asks once; without a yes, what was asked of CloudFormation is forgotten.
pub(super) async fn agree(plans: &[Plan<'_>], what: &str) -> anyhow::Result<()> {
    let Some(first) = plans.first() else { return Ok(()) };
    if !plans.iter().any(|plan| plan.item.changes_anything()) {
        return Ok(());
    }
    plans.iter().for_each(Plan::tell);
    if let Err(refused) = first.site.session.printer.confirm(what).await {
        for plan in plans {
            plan.discard().await?;
        }
        return Err(refused);
    }
    Ok(())
}

/// The application has no stack here.
pub(super) fn absent(site: &Site<'_>) -> UserError {
    let message = format!("{} is not in {}: there is no stack {}", site.application, site.environment, site.name());
    UserError::failed(message).hint(format!("`jetway app create {}` makes it", site.environment))
}
