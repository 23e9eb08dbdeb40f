//! Change sets: what would happen to a stack, asked before it happens.

use std::time::{Duration, Instant};

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{Capability, ChangeSetStatus, ChangeSetType, ExecutionStatus};

use super::change::Change;
use super::new_stack::NewStack;
use super::{Goal, Operation, Stack, Stacks, parameters, says_nothing_to_do};
use crate::aws::fault::Fault;
use crate::error::UserError;
use crate::nonce::nonce;

/// The one change set of a stack that is ours: what an interrupted command left is replaced by the next.
const NAME: &str = "jetway";
/// How long CloudFormation may take to find out what would change.
const PATIENCE: Duration = Duration::from_mins(5);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What would happen to a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    id: String,
    stack: Stack,
    /// What it does to each resource; nothing if it changes outputs alone.
    pub changes: Vec<Change>,
}

impl Proposal {
    /// The stack as it is.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }
}

impl Stacks {
    /// Asks what would have to change for `stack` to be as `new` says. None if nothing has to.
    pub async fn propose(&self, stack: &Stack, new: &NewStack) -> anyhow::Result<Option<Proposal>> {
        let id = self.make_change_set(stack, new).await?;
        let found = self.wait_for(stack, &id).await?;
        if found.status == Some(ChangeSetStatus::Failed) {
            self.discard_id(stack, &id).await?;
            let reason = found.status_reason.unwrap_or_default();
            if says_nothing_to_do(Some(&reason)) {
                return Ok(None);
            }
            let reason = crate::printer::harmless(&reason);
            let message = format!("CloudFormation cannot change the stack {}: {reason}", stack.name);
            return Err(UserError::failed(message + "; nothing was changed").into());
        }
        let changes = self.changes(stack, &id).await?;
        Ok(Some(Proposal { id, stack: stack.clone(), changes }))
    }

    /// Lets happen what was proposed.
    pub async fn execute(&self, proposal: &Proposal) -> anyhow::Result<Operation> {
        let Proposal { id, stack, .. } = proposal;
        let token = nonce();
        let request = self.client.execute_change_set().change_set_name(id).client_request_token(&token);
        if let Err(error) = request.send().await {
            let told = self.account.explain(&format!("change the stack {}", stack.name), &error);
            // An answer may be lost, and the SDK then asks again: the second request is refused because of the first. The
            // change set says whether it is being carried out.
            if !self.is_executed(id).await {
                return Err(told.into());
            }
        }
        Ok(Operation { stack_id: stack.id.clone(), name: stack.name.clone(), goal: Goal::Present, token: Some(token) })
    }

    /// Forgets what was proposed.
    pub async fn discard(&self, proposal: &Proposal) -> anyhow::Result<()> {
        self.discard_id(&proposal.stack, &proposal.id).await
    }

    async fn make_change_set(&self, stack: &Stack, new: &NewStack) -> anyhow::Result<String> {
        let doing = format!("ask what would change in the stack {}", stack.name);
        let (body, url) = self.source(new).await?.fields();
        let request = || {
            let request = self.client.create_change_set().stack_name(&stack.id).change_set_name(NAME);
            let request = request.change_set_type(ChangeSetType::Update).capabilities(Capability::CapabilityIam);
            let request = request.set_template_body(body.clone()).set_template_url(url.clone());
            let request = request.set_tags(Some(new.tag_list()));
            request.set_role_arn(new.role.clone()).set_parameters(Some(parameters(&new.parameters)))
        };
        let mut made = request().send().await;
        if made.as_ref().is_err_and(|error| error.code() == Some("AlreadyExistsException")) {
            let left = self.client.delete_change_set().stack_name(&stack.id).change_set_name(NAME);
            left.send().await.map_err(|error| self.account.explain(&doing, &error))?;
            made = request().send().await;
        }
        let made = made.map_err(|error| self.account.explain(&doing, &error))?;
        Ok(made
            .id
            .ok_or_else(|| UserError::failed(format!("could not {doing}: CloudFormation names no change set")))?)
    }

    /// The change set once CloudFormation is done with it.
    async fn wait_for(&self, stack: &Stack, id: &str) -> anyhow::Result<DescribeChangeSetOutput> {
        let began = Instant::now();
        loop {
            match self.client.describe_change_set().change_set_name(id).send().await {
                Ok(found) if is_ready(found.status.as_ref()) => return Ok(found),
                Err(error) if !Fault::of(&error).is_transient() || began.elapsed() > PATIENCE => {
                    return Err(self
                        .account
                        .explain(&format!("see what would change in {}", stack.name), &error)
                        .into());
                }
                Ok(_) if began.elapsed() > PATIENCE => {
                    let limit = PATIENCE.as_secs();
                    let message =
                        format!("CloudFormation has not said within {limit} s what would change in {}", stack.name);
                    return Err(UserError::failed(message + "; nothing was changed")
                        .hint("run the command again")
                        .into());
                }
                Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn changes(&self, stack: &Stack, id: &str) -> anyhow::Result<Vec<Change>> {
        let mut pages = self.client.describe_change_set().change_set_name(id).into_paginator().send();
        let mut changes = Vec::new();
        while let Some(page) = pages.next().await {
            let doing = || format!("see what would change in the stack {}", stack.name);
            let page = page.map_err(|error| self.account.explain(&doing(), &error))?;
            changes.extend(page.changes().iter().filter_map(|change| Change::of(change.resource_change()?)));
        }
        Ok(changes)
    }

    async fn is_executed(&self, id: &str) -> bool {
        let found = self.client.describe_change_set().change_set_name(id).send().await;
        let status = found.ok().and_then(|found| found.execution_status);
        matches!(status, Some(ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete))
    }

    async fn discard_id(&self, stack: &Stack, id: &str) -> anyhow::Result<()> {
        let sent = self.client.delete_change_set().change_set_name(id).send().await;
        let doing = format!("forget what would change in the stack {}", stack.name);
        sent.map_err(|error| self.account.explain(&doing, &error))?;
        Ok(())
    }
}

fn is_ready(status: Option<&ChangeSetStatus>) -> bool {
    matches!(status, Some(ChangeSetStatus::CreateComplete | ChangeSetStatus::Failed))
}
