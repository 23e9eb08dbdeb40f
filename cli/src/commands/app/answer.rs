//! What `jetway app create` and `jetway app update` answer.

use std::collections::BTreeMap;

use serde::Serialize;

use super::site::Site;
use crate::aws::stack::Stack;
use crate::aws::stack::carry_out::Outcome;

/// The answer: what there is now, and what was done for it.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) application: String,
    pub(super) environments: Vec<Settled>,
}

/// The application in one environment, as it should be.
#[derive(Debug, Serialize)]
pub(super) struct Settled {
    environment: String,
    account: String,
    region: String,
    stack: String,
    outcome: Outcome,
    /// Where the load balancer answers; none for a worker.
    url: Option<String>,
    outputs: BTreeMap<String, String>,
}

impl Settled {
    pub(super) fn new(site: &Site<'_>, stack: &Stack, outcome: Outcome) -> Self {
        let account = site.stacks.account();
        Self {
            environment: site.environment.to_string(),
            account: account.id().to_owned(),
            region: account.region().to_owned(),
            stack: stack.name.clone(),
            outcome,
            url: stack.outputs.get("Url").cloned(),
            outputs: stack.outputs.clone(),
        }
    }

    fn text(&self, application: &str) -> String {
        let Self { environment, outcome, url, .. } = self;
        let done = match outcome {
            Outcome::Created => "is created",
            Outcome::Changed => "is changed",
            Outcome::Unchanged => "is unchanged",
        };
        let reached = url.as_ref().map_or_else(|| "a worker without a load balancer".to_owned(), Clone::clone);
        format!("{application} {done} in {environment}: {reached}")
    }
}

impl Answer {
    /// The answer for people.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> = self.environments.iter().map(|settled| settled.text(&self.application)).collect();
        lines.join("\n")
    }
}
