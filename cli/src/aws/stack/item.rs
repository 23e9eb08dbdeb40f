//! One stack that is to be as it should be: what that takes, compared and told before anything happens.

use std::collections::BTreeMap;

use super::change::{Change, refuse_losses};
use super::changes::Proposal;
use super::new_stack::NewStack;
use super::show::View;
use super::words::Words;
use super::{Stack, Stacks};
use crate::printer::Printer;

/// How many new resources are told one by one to those who did not ask for more.
const MOST_LINES: usize = 20;

/// What is to become of one stack.
#[derive(Debug)]
pub struct Item {
    /// What the stack is to people: `base`, or the environment.
    pub title: String,
    /// What it is to be.
    pub new: NewStack,
    /// What its resources are for, those included that it is to lose.
    pub words: Words,
    /// What that takes.
    pub step: Step,
    /// Parameters to set before it is changed: some resources refuse to go until they are told that they may.
    pub beforehand: BTreeMap<String, String>,
    /// What is special about it, behind the number of its resources.
    pub facts: String,
    /// The command that goes on with it when this one is interrupted.
    pub resume: String,
}

/// What it takes for a stack to be as it should be.
#[derive(Debug)]
pub enum Step {
    /// It has to be made.
    Create,
    /// It never came to be, for that reason; what is left of it goes, and it is made anew.
    Recreate(Stack, String),
    /// It has to be changed.
    Change(Box<Proposal>),
    /// What has to be changed shows only when what it stands on is there again.
    Compare(Stack),
    /// It is as it should be.
    Keep(Stack),
}

impl Stacks {
    /// Asks what would have to change for `stack` to be as `new` says; none if nothing has to. An error if that loses what
    /// nothing brings back, unless each such resource is in `allowed`.
    pub async fn propose_without_loss(
        &self,
        stack: &Stack,
        new: &NewStack,
        words: &Words,
        allowed: &[String],
    ) -> anyhow::Result<Option<Proposal>> {
        let Some(proposal) = self.propose(stack, new).await? else { return Ok(None) };
        if let Err(refusal) = refuse_losses(new.name(), &proposal.changes, allowed, words) {
            self.discard(&proposal).await?;
            return Err(refusal.into());
        }
        Ok(Some(proposal))
    }
}

impl Step {
    /// What it takes for `stack` to be as it was compared with.
    pub fn to_change(stack: Stack, proposal: Option<Proposal>) -> Self {
        proposal.map_or(Self::Keep(stack), |proposal| Self::Change(Box::new(proposal)))
    }
}

impl Item {
    /// Whether anything would change.
    pub fn changes_anything(&self) -> bool {
        !matches!(&self.step, Step::Keep(stack) if stack.is_protected)
    }

    /// How it is shown while something happens to it.
    pub fn view(&self, printer: Printer) -> View<'_> {
        View { printer, title: &self.title, words: &self.words, resume: &self.resume }
    }

    /// Tells people what would change.
    pub fn tell(&self, printer: Printer) {
        let name = self.new.name();
        match &self.step {
            Step::Create => self.tell_new(printer),
            Step::Recreate(_, cause) => {
                printer.say(format_args!("  delete  {name}, which holds nothing: {cause}"));
                self.tell_new(printer);
            }
            Step::Change(proposal) => {
                printer.say(format_args!("  change  {name}"));
                if proposal.changes.is_empty() {
                    printer.say("            its tags or outputs, and no resource");
                }
                for line in Change::tell_all(&proposal.changes, &self.words) {
                    printer.say(format_args!("            {line}"));
                }
            }
            Step::Compare(_) => {
                printer.say(format_args!("  change  {name} where it differs, once the base stack is there again"));
            }
            Step::Keep(stack) if !stack.is_protected => {
                printer.say(format_args!("  protect {name} against being deleted"));
            }
            Step::Keep(_) => printer.say(format_args!("  keep    {name}")),
        }
    }

    fn tell_new(&self, printer: Printer) {
        let words = self.new.words();
        printer.say(format_args!("  create  {}: {} resources{}", self.new.name(), words.len(), self.facts));
        for description in words.iter() {
            let line = format!("            add: {description}");
            if words.len() <= MOST_LINES { printer.say(line) } else { printer.detail(line) }
        }
    }

    /// Forgets what was asked of CloudFormation.
    pub async fn discard(&self, stacks: &Stacks) -> anyhow::Result<()> {
        if let Step::Change(proposal) = &self.step {
            stacks.discard(proposal).await?;
        }
        Ok(())
    }
}
