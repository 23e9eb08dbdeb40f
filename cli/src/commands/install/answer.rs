//! What `jetway install` answers.

use serde::Serialize;

use super::carry_out::Settled;
use super::package::Package;
use super::region::Skipped;
use crate::aws::stack::carry_out::Outcome;
use crate::stack_session::StackSession;

/// The answer: what there is now, and what was done for it.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    installation: String,
    stacks: Vec<Settled>,
    skipped: Vec<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_package: Option<String>,
}

impl Answer {
    pub(super) fn new(
        session: &StackSession,
        stacks: Vec<Settled>,
        skipped: Vec<Skipped>,
        package: Option<&Package>,
    ) -> Self {
        let installation = session.installation().name.to_string();
        Self { installation, stacks, skipped, agent_package: package.map(|package| package.key().to_string()) }
    }

    pub(super) fn text(&self) -> String {
        let named = |wanted: Outcome| -> Vec<&str> {
            let fitting = self.stacks.iter().filter(|settled| settled.outcome == wanted);
            fitting.map(|settled| settled.title.as_str()).collect()
        };
        let told = [(Outcome::Created, "created"), (Outcome::Changed, "changed"), (Outcome::Unchanged, "unchanged")];
        let told = told.map(|(outcome, word)| (named(outcome), word));
        let parts = told.iter().filter(|(titles, _)| !titles.is_empty());
        let parts: Vec<String> = parts.map(|(titles, word)| format!("{word}: {}", titles.join(", "))).collect();
        format!("{} is installed; {}\n", self.installation, parts.join("; "))
    }
}
