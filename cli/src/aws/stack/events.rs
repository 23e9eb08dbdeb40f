//! What happens in a stack, resource by resource, and what failed first.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::SdkError;
use aws_sdk_cloudformation::operation::describe_stack_events::DescribeStackEventsError;
use aws_sdk_cloudformation::types::StackEvent as SdkEvent;
use jiff::Timestamp;

use super::read::timestamp;
use super::words::Words;

/// One event of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEvent {
    /// What tells it from all others.
    pub id: String,
    /// When it was.
    pub at: Option<Timestamp>,
    /// The logical name of the resource; for the stack itself, the stack's name.
    pub resource: String,
    /// The type of the resource.
    pub kind: String,
    /// As CloudFormation writes it, for example `CREATE_FAILED`.
    pub status: String,
    /// Why, in CloudFormation's words.
    pub reason: Option<String>,
    /// What marks the operation it belongs to, if whoever began that has marked it.
    pub token: Option<String>,
    /// Whether it is about the stack itself.
    pub is_of_stack: bool,
}

impl StackEvent {
    /// Whether the resource could not be made, changed or removed, on its own account.
    ///
    /// After a failure, CloudFormation also calls everything failed that it had begun and gives up.
    pub fn is_failure(&self) -> bool {
        let is_given_up = self.reason.as_ref().is_some_and(|reason| reason.to_lowercase().contains("cancelled"));
        self.status.ends_with("_FAILED") && !is_given_up
    }

    /// Whether the resource is done.
    pub fn is_complete(&self) -> bool {
        self.status.ends_with("_COMPLETE")
    }

    /// Whether an operation on the stack begins with it.
    fn is_beginning(&self) -> bool {
        const BEGINNINGS: [&str; 5] = [
            "REVIEW_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
        ];
        self.is_of_stack && BEGINNINGS.contains(&self.status.as_str())
    }

    /// The failure as a sentence, with the resource called by what it is for.
    pub fn tell(&self, words: &Words) -> String {
        let what = if self.is_of_stack {
            format!("the stack {}", self.resource)
        } else {
            match words.tell(&self.resource, &self.kind) {
                told if told.starts_with(&self.resource) => told,
                told => format!("{told} ({})", self.resource),
            }
        };
        let reason = self.reason.as_deref().unwrap_or("CloudFormation gives no reason");
        format!("{what}: {}", crate::printer::harmless(reason))
    }
}

/// The events of the last operation on a stack, read piece by piece.
#[derive(Debug, Default)]
pub struct Events {
    known: Vec<StackEvent>,
}

impl Events {
    /// Reads what has happened since the last time, oldest first. If that fails nothing is taken, and the next time
    /// tells it all.
    pub async fn news(
        &mut self,
        client: &Client,
        stack_id: &str,
    ) -> Result<Vec<StackEvent>, SdkError<DescribeStackEventsError>> {
        let mut fresh = Vec::new();
        let mut pages = client.describe_stack_events().stack_name(stack_id).into_paginator().items().send();
        // CloudFormation tells the newest first, and everything since the stack was first asked for.
        while let Some(next) = pages.next().await {
            let event = event(next?);
            if self.known.iter().any(|known| known.id == event.id) {
                break;
            }
            let is_beginning = event.is_beginning();
            fresh.push(event);
            if is_beginning {
                break;
            }
        }
        fresh.reverse();
        if fresh.first().is_some_and(StackEvent::is_beginning) {
            self.known.clear();
        }
        self.known.extend(fresh.iter().cloned());
        Ok(fresh)
    }

    /// Whether the last operation is the one that was marked with `token`.
    pub fn is_of(&self, token: &str) -> bool {
        self.known.iter().any(|event| event.is_of_stack && event.token.as_deref() == Some(token))
    }

    /// What failed first: everything after it may be a consequence.
    pub fn first_failure(&self) -> Option<&StackEvent> {
        let is_own = |event: &&StackEvent| event.is_failure() && !event.is_of_stack;
        let of_stack = || self.known.iter().find(|event| event.is_failure() && event.reason.is_some());
        self.known.iter().find(is_own).or_else(of_stack).or_else(|| self.rollback())
    }

    /// How many resources are done.
    pub fn completed(&self) -> usize {
        self.latest().values().filter(|event| event.is_complete()).count()
    }

    /// What is at work just now, begun last.
    pub fn at_work(&self) -> Option<&StackEvent> {
        let latest = self.latest();
        let at_work = latest.into_values().filter(|event| event.status.ends_with("_IN_PROGRESS"));
        at_work.max_by_key(|event| event.at)
    }

    /// How long the resource of `end` took, if its beginning is known.
    pub fn seconds(&self, end: &StackEvent) -> Option<f64> {
        let start = self.known.iter().find(|event| event.resource == end.resource)?.at?;
        Some(end.at?.duration_since(start).as_secs_f64().max(0.0))
    }

    /// Some operations fail without a resource that does; then the stack's own turning point says why.
    fn rollback(&self) -> Option<&StackEvent> {
        let is_turn = |event: &&StackEvent| event.status.ends_with("ROLLBACK_IN_PROGRESS") && event.reason.is_some();
        self.known.iter().find(|event| event.is_of_stack && is_turn(event))
    }

    /// The latest event of each resource.
    fn latest(&self) -> BTreeMap<&str, &StackEvent> {
        let resources = self.known.iter().filter(|event| !event.is_of_stack);
        resources.map(|event| (event.resource.as_str(), event)).collect()
    }
}

fn event(found: SdkEvent) -> StackEvent {
    let is_of_stack = found.physical_resource_id.is_some() && found.physical_resource_id == found.stack_id;
    StackEvent {
        id: found.event_id.unwrap_or_default(),
        at: found.timestamp.and_then(timestamp),
        resource: found.logical_resource_id.unwrap_or_default(),
        kind: found.resource_type.unwrap_or_default(),
        status: found.resource_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: found.resource_status_reason.filter(|reason| !reason.is_empty()),
        token: found.client_request_token,
        is_of_stack,
    }
}

#[cfg(test)]
mod tests;
