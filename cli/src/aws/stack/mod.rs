//! CloudFormation stacks: found, made, changed by parameters, deleted, protected.

pub mod carry_out;
pub mod change;
pub mod changes;
pub mod difference;
pub mod events;
pub mod follow;
pub mod item;
pub mod name;
pub mod new_stack;
pub mod show;
pub mod state;
pub mod status;
pub mod words;

mod adopt;
mod read;
mod source;
mod text;

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter};
use jiff::Timestamp;

use self::events::Events;
use self::new_stack::NewStack;
use self::status::Status;
use crate::aws::account::Account;
use crate::aws::fault::Fault;
use crate::error::UserError;
use crate::nonce::nonce;

/// The stacks of one account and region.
#[derive(Debug, Clone)]
pub struct Stacks {
    account: Account,
    client: Client,
    /// Tries no call twice: for those who ask again and again anyway, and should hear of every failure.
    impatient: Client,
}

/// A stack as CloudFormation describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The ARN, which no later stack of the same name has.
    pub id: String,
    /// The name.
    pub name: String,
    /// What CloudFormation does with it, or did last.
    pub status: Status,
    /// Why it has this status, in CloudFormation's words.
    pub reason: Option<String>,
    /// When it was first asked for.
    pub created_at: Option<Timestamp>,
    /// What it was given.
    pub parameters: BTreeMap<String, String>,
    /// What others need of it; empty until it was created once.
    pub outputs: BTreeMap<String, String>,
    /// Its tags, which CloudFormation hands on to what it holds.
    pub tags: BTreeMap<String, String>,
    /// The role that CloudFormation last worked in.
    pub role: Option<String>,
    /// Whether it refuses to be deleted.
    pub is_protected: bool,
}

impl Stack {
    /// The output of that name; an error if the stack has none.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        let found = self.outputs.get(name).map(String::as_str);
        let missing = || {
            UserError::failed(format!("the stack {} has no output {name}: it {}", self.name, self.status.sentence()))
        };
        found.ok_or_else(|| missing().into())
    }

    /// Whether it has every one of these tags.
    pub fn is_tagged(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.iter().all(|(key, value)| self.tags.get(key) == Some(value))
    }
}

/// An operation that CloudFormation has taken on: what to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The ARN of the stack.
    pub stack_id: String,
    /// The name of the stack.
    pub name: String,
    /// What the stack is to come to.
    pub goal: Goal,
    /// What marks the events of this operation; none if another began it.
    pub token: Option<String>,
}

/// What an operation is to bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The stack holds what it was told to hold.
    Present,
    /// The stack is no more.
    Absent,
}

impl Operation {
    /// What another has begun with `stack`, to be waited for.
    pub fn joined(stack: &Stack) -> Self {
        let goal = if stack.status.is_leaving() { Goal::Absent } else { Goal::Present };
        Self { stack_id: stack.id.clone(), name: stack.name.clone(), goal, token: None }
    }
}

impl Stacks {
    /// The stacks of `account` in its region.
    pub fn new(account: &Account) -> Self {
        let impatient = Builder::from(account.sdk()).retry_config(RetryConfig::disabled()).build();
        Self { account: account.clone(), client: Client::new(account.sdk()), impatient: Client::from_conf(impatient) }
    }

    /// Where the stacks are.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Asks CloudFormation to make a stack. Where one of that name is there already, and nothing but that, it is taken for
    /// the answer to an earlier, interrupted call if it has the same template, parameters and tags; otherwise that is an
    /// error. The same holds when the answer is lost on the way.
    pub async fn create(&self, new: &NewStack) -> anyhow::Result<Operation> {
        let token = nonce();
        let (body, url) = self.source(new).await?.fields();
        let request = self.client.create_stack().stack_name(&new.name).set_template_body(body).set_template_url(url);
        let request = request
            .set_parameters(Some(parameters(&new.parameters)))
            .set_tags(Some(new.tag_list()))
            .set_role_arn(new.role.clone())
            .capabilities(Capability::CapabilityIam)
            .on_failure(new.on_failure.into())
            .enable_termination_protection(new.is_protected)
            .client_request_token(&token);
        match request.send().await {
            Ok(answer) => {
                let stack_id = answer.stack_id.unwrap_or_else(|| new.name.clone());
                Ok(Operation { stack_id, name: new.name.clone(), goal: Goal::Present, token: Some(token) })
            }
            Err(error) if is_there_already(error.code()) || Fault::of(&error).is_transient() => {
                let told = self.account.explain(&format!("create the stack {}", new.name), &error);
                Box::pin(adopt::adopt(self, new, told)).await
            }
            Err(error) => Err(self.account.explain(&format!("create the stack {}", new.name), &error).into()),
        }
    }

    /// Gives a stack other values for some of its parameters; the template, the other values and the tags stay. None if
    /// nothing has to change for that.
    pub async fn set_parameters(
        &self,
        stack: &Stack,
        changed: &BTreeMap<String, String>,
        role: Option<&str>,
    ) -> anyhow::Result<Option<Operation>> {
        if let Some(name) = changed.keys().find(|name| !stack.parameters.contains_key(*name)) {
            return Err(UserError::failed(format!("the stack {} has no parameter {name}", stack.name)).into());
        }
        let parameter = |name: &String| match changed.get(name) {
            Some(value) => Parameter::builder().parameter_key(name).parameter_value(value).build(),
            None => Parameter::builder().parameter_key(name).use_previous_value(true).build(),
        };
        let token = nonce();
        // By its ARN: a stack of the same name that came later is another one.
        let request = self.client.update_stack().stack_name(&stack.id).use_previous_template(true);
        let request = request
            .set_parameters(Some(stack.parameters.keys().map(parameter).collect()))
            .set_role_arn(role.map(str::to_owned))
            .capabilities(Capability::CapabilityIam)
            .client_request_token(&token);
        if let Err(error) = request.send().await {
            if says_nothing_to_do(error.message()) {
                return Ok(None);
            }
            // An answer may be lost, and the SDK then asks again: the second request is refused because of the first.
            if !self.has_begun(stack, &token).await {
                return Err(self.account.explain(&format!("change the stack {}", stack.name), &error).into());
            }
        }
        let (stack_id, name) = (stack.id.clone(), stack.name.clone());
        Ok(Some(Operation { stack_id, name, goal: Goal::Present, token: Some(token) }))
    }

    /// Whether the operation that `token` marks is the last one on the stack; not, if that cannot be seen.
    async fn has_begun(&self, stack: &Stack, token: &str) -> bool {
        let mut events = Events::default();
        events.news(&self.client, &stack.id).await.is_ok() && events.is_of(token)
    }

    /// Asks CloudFormation to delete a stack and what it holds, but for what is to be retained.
    pub async fn delete(&self, stack: &Stack, role: Option<&str>) -> anyhow::Result<Operation> {
        let token = nonce();
        // By its ARN: a stack of the same name that came later is another one.
        let request = self.client.delete_stack().stack_name(&stack.id).client_request_token(&token);
        let sent = request.set_role_arn(role.map(str::to_owned)).send().await;
        sent.map_err(|error| self.account.explain(&format!("delete the stack {}", stack.name), &error))?;
        Ok(Operation { stack_id: stack.id.clone(), name: stack.name.clone(), goal: Goal::Absent, token: Some(token) })
    }

    /// Makes a stack refuse to be deleted, or not any more.
    pub async fn protect(&self, stack: &Stack, is_protected: bool) -> anyhow::Result<()> {
        let request = self.client.update_termination_protection().stack_name(&stack.id);
        let sent = request.enable_termination_protection(is_protected).send().await;
        let action = format!("set the termination protection of the stack {}", stack.name);
        sent.map_err(|error| self.account.explain(&action, &error))?;
        Ok(())
    }
}

/// Whether CloudFormation says that it has been asked for this stack before.
fn is_there_already(code: Option<&str>) -> bool {
    matches!(code, Some("AlreadyExistsException" | "TokenAlreadyExistsException"))
}

/// Parameters as the API wants them.
fn parameters(values: &BTreeMap<String, String>) -> Vec<Parameter> {
    let parameter =
        |(name, value): (&String, &String)| Parameter::builder().parameter_key(name).parameter_value(value).build();
    values.iter().map(parameter).collect()
}

/// Whether CloudFormation means that the stack is already as it is asked to be; it has no code of its own for that.
fn says_nothing_to_do(message: Option<&str>) -> bool {
    const SAYINGS: [&str; 2] = ["No updates are to be performed", "didn't contain changes"];
    message.is_some_and(|message| SAYINGS.iter().any(|saying| message.contains(saying)))
}
