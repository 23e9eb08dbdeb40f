//! What would become of one application stack, in plain words; nothing is changed by making it.

use super::blueprint::{Blueprint, NEW_LOG_GROUP};
use super::site::Site;
use crate::aws::stack::Stack;
use crate::aws::stack::change::{Change, refuse_losses};
use crate::aws::stack::changes::Proposal;
use crate::aws::stack::new_stack::NewStack;
use crate::aws::stack::state::State;
use crate::aws::stack::words::Words;
use crate::error::UserError;

/// What is to become of one stack.
pub(super) struct Plan<'a> {
    pub(super) site: Site<'a>,
    pub(super) new: NewStack,
    /// What the resources are for, those that go among them.
    pub(super) words: Words,
    pub(super) step: Step,
    /// The command that goes on with it when this one is interrupted.
    pub(super) resume: String,
}

/// What it takes for a stack to be as it should be.
pub(super) enum Step {
    /// It has to be made.
    Create,
    /// It never came to be, for that reason; what is left of it goes, and it is made anew.
    Recreate(Stack, String),
    /// It has to be changed.
    Change(Box<Proposal>),
    /// Nothing.
    Keep(Stack),
}

/// The load balancer, which refuses to be deleted until it is told otherwise.
pub(super) const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
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
        let words = blueprint.words();
        Ok(Self { site, new, words, step, resume })
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
        let step = match site.stacks.propose(&stack, &new).await? {
            None => Step::Keep(stack),
            Some(proposal) => {
                if let Err(refusal) = refuse_losses(new.name(), &proposal.changes, allowed, &words) {
                    site.stacks.discard(&proposal).await?;
                    return Err(refusal.into());
                }
                Step::Change(Box::new(proposal))
            }
        };
        Ok(Self { site, new, words, step, resume })
    }

    /// Whether anything would change.
    pub(super) fn changes_anything(&self) -> bool {
        !matches!(&self.step, Step::Keep(stack) if stack.is_protected)
    }

    /// Tells people what would change.
    pub(super) fn tell(&self) {
        let (printer, name, words) = (self.site.session.printer, self.new.name(), &self.words);
        printer.say(format_args!("{}", self.site));
        match &self.step {
            Step::Create | Step::Recreate(..) => {
                if let Step::Recreate(_, cause) = &self.step {
                    printer.say(format_args!("  delete  {name}, which holds nothing: {cause}"));
                }
                printer.say(format_args!("  create  {name}"));
                for description in words.iter() {
                    printer.say(format_args!("            add: {description}"));
                }
                if self.new.value(NEW_LOG_GROUP) == Some("false") {
                    printer
                        .say("            but for the log group: that of an earlier application of this name is kept");
                }
            }
            Step::Change(proposal) => {
                printer.say(format_args!("  change  {name}"));
                if proposal.changes.is_empty() {
                    printer.say("            its tags or outputs, and no resource");
                }
                for line in Change::tell_all(&proposal.changes, words) {
                    printer.say(format_args!("            {line}"));
                }
            }
            Step::Keep(stack) if !stack.is_protected => {
                printer.say(format_args!("  protect {name} against being deleted"));
            }
            Step::Keep(_) => printer.say(format_args!("  keep    {name}")),
        }
    }

    /// Forgets what was asked of CloudFormation.
    pub(super) async fn discard(&self) -> anyhow::Result<()> {
        match &self.step {
            Step::Change(proposal) => self.site.stacks.discard(proposal).await,
            Step::Create | Step::Recreate(..) | Step::Keep(_) => Ok(()),
        }
    }
}

/// Whether a resource of this type goes, or another takes its place.
pub(super) fn loses(changes: &[Change], kind: &str) -> bool {
    changes.iter().any(|change| change.kind == kind && change.is_loss())
}

/// Shows all plans and asks once; without a yes, what was asked of CloudFormation is forgotten.
pub(super) async fn agree(plans: &[Plan<'_>], what: &str) -> anyhow::Result<()> {
    let Some(first) = plans.first() else { return Ok(()) };
    if !plans.iter().any(Plan::changes_anything) {
        return Ok(());
    }
    plans.iter().for_each(Plan::tell);
    if let Err(refused) = first.site.session.printer.confirm(what) {
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
