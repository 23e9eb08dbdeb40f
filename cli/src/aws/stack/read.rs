//! Reads stacks and templates.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksError;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{ResourceStatus, Stack as SdkStack, StackStatus, TemplateStage};
use jiff::Timestamp;

use super::status::Status;
use super::{Stack, Stacks};
use crate::error::UserError;

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The logical name.
    pub name: String,
    /// The type.
    pub kind: String,
    /// What AWS calls it; none if it was never made.
    pub id: Option<String>,
    /// Whether its stack has let go of it, and it is still there.
    pub is_left: bool,
}

impl Stacks {
    /// The stack of that name, or with that ARN; none if there is none. A deleted stack is found by its ARN alone.
    pub async fn find(&self, name: &str) -> Result<Option<Stack>, UserError> {
        self.describe(&self.client, name)
            .await
            .map_err(|error| self.account.explain(&format!("look at the stack {name}"), &error))
    }

    /// The same, with the error as the SDK has it, for whoever asks again.
    pub(super) async fn describe(
        &self,
        client: &Client,
        name: &str,
    ) -> Result<Option<Stack>, SdkError<DescribeStacksError>> {
        match client.describe_stacks().stack_name(name).send().await {
            Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next().map(stack)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every stack whose name begins with `prefix`, in the order of their names. Whoever asks needs to be allowed
    /// `cloudformation:ListStacks`, which knows no resources, and to describe these stacks alone.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Stack>, UserError> {
        let mut pages = self.client.list_stacks().into_paginator().items().send();
        let mut names = BTreeSet::new();
        while let Some(next) = pages.next().await {
            let next = next.map_err(|error| self.account.explain("list the stacks", &error))?;
            // A deleted stack stays in the list for 90 days.
            if next.stack_status != Some(StackStatus::DeleteComplete) {
                names.extend(next.stack_name.filter(|name| name.starts_with(prefix)));
            }
        }
        let mut found = Vec::new();
        for name in names {
            found.extend(self.find(&name).await?);
        }
        Ok(found)
    }

    /// Of each name that begins with `prefix`, the stack that was deleted last, as far back as CloudFormation knows: 90
    /// days.
    pub async fn deleted(&self, prefix: &str) -> Result<Vec<Stack>, UserError> {
        let request = self.client.list_stacks().stack_status_filter(StackStatus::DeleteComplete);
        let mut pages = request.into_paginator().items().send();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        while let Some(next) = pages.next().await {
            let next = next.map_err(|error| self.account.explain("list the deleted stacks", &error))?;
            // The newest come first.
            if let (Some(name), Some(id)) = (next.stack_name.filter(|name| name.starts_with(prefix)), next.stack_id) {
                newest.entry(name).or_insert(id);
            }
        }
        let mut found = Vec::new();
        for id in newest.values() {
            found.extend(self.find(id).await?);
        }
        Ok(found)
    }

    /// What the stack holds, or held.
    pub async fn resources(&self, stack: &Stack) -> Result<Vec<Held>, UserError> {
        let mut pages = self.client.list_stack_resources().stack_name(&stack.id).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(next) = pages.next().await {
            let doing = || format!("list what the stack {} holds", stack.name);
            let next = next.map_err(|error| self.account.explain(&doing(), &error))?;
            found.push(Held {
                name: next.logical_resource_id.unwrap_or_default(),
                kind: next.resource_type.unwrap_or_default(),
                id: next.physical_resource_id.filter(|id| !id.is_empty()),
                is_left: next.resource_status == Some(ResourceStatus::DeleteSkipped),
            });
        }
        Ok(found)
    }

    /// The template of a stack, as it was sent.
    pub async fn template(&self, stack: &Stack) -> Result<String, UserError> {
        let request = self.client.get_template().stack_name(&stack.id).template_stage(TemplateStage::Original);
        let told = |error| self.account.explain(&format!("read the template of the stack {}", stack.name), &error);
        Ok(request.send().await.map_err(told)?.template_body.unwrap_or_default())
    }
}

/// CloudFormation has no code of its own for a stack that is not there:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>.
pub(super) fn is_absent(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("ValidationError") && error.message().is_some_and(|text| text.contains("does not exist"))
}

/// A moment as the SDK has it.
pub(super) fn timestamp(time: DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

fn stack(found: SdkStack) -> Stack {
    let parameters = found.parameters.unwrap_or_default().into_iter();
    let outputs = found.outputs.unwrap_or_default().into_iter();
    let tags = found.tags.unwrap_or_default().into_iter();
    Stack {
        id: found.stack_id.unwrap_or_default(),
        name: found.stack_name.unwrap_or_default(),
        status: found.stack_status.map_or_else(|| Status::named(""), Into::into),
        reason: found.stack_status_reason.filter(|reason| !reason.is_empty()),
        created_at: found.creation_time.and_then(timestamp),
        parameters: texts(parameters.map(|each| (each.parameter_key, each.parameter_value))),
        outputs: texts(outputs.map(|each| (each.output_key, each.output_value))),
        tags: texts(tags.map(|each| (each.key, each.value))),
        role: found.role_arn,
        is_protected: found.enable_termination_protection.unwrap_or(false),
    }
}

fn texts(pairs: impl Iterator<Item = (Option<String>, Option<String>)>) -> BTreeMap<String, String> {
    pairs.filter_map(|(key, value)| Some((key?, value.unwrap_or_default()))).collect()
}
