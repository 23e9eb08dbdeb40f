//! Commands on instances through SSM Run Command. Every wait has an end, and whoever does not answer is told why.

mod invocation;
mod registered;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::CommandInvocation;
use aws_smithy_types::retry::RetryConfig;
use futures_util::StreamExt as _;
use jetway_common::name::InstanceId;
use jetway_common::seconds::Seconds;
use tokio::time::Instant;

use self::registered::Registered;
use super::account::Account;
use super::fault::Fault;
use crate::error::UserError;
use crate::remote::Stop;
use crate::reply::{Reply, Silence};

/// What Run Command runs: the lines of a shell script, as root.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html#aws-runShellScript>
const DOCUMENT: &str = "AWS-RunShellScript";
/// The most instances of one command:
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html>.
const AT_ONCE: usize = 50;
/// How long SSM may try to hand a command to an instance; it takes no less.
const DELIVERY: Seconds = Seconds(30);
/// What SSM itself needs on top until it says how a command ended.
const SLACK: Duration = Duration::from_secs(5);
/// How long SSM may take to say that a command is cancelled.
const CANCELLING: Duration = Duration::from_secs(30);
/// The first pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_millis(300);
/// The pause that it grows to: an account may ask SSM a few times a second, and others ask, too.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How many commands and answers are on their way at the same time.
const PARALLEL: usize = 8;

type Replies = BTreeMap<InstanceId, Reply>;

/// What sends commands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RunCommand {
    account: Account,
    client: Client,
}

/// A command for some instances.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Lines for a shell. They are kept in SSM's history: nothing secret may be in them.
    pub script: &'a str,
    /// What it is for, for who reads that history.
    pub comment: &'a str,
    /// How long it may run.
    pub limit: Seconds,
    /// What has it cancelled, if anything may: SSM then kills what runs.
    pub stop: Option<Stop<'a>>,
}

impl RunCommand {
    /// Sends commands in `account`.
    pub fn new(account: &Account) -> Self {
        Self { account: account.clone(), client: Client::new(account.sdk()) }
    }

    /// Runs it on each of the instances, and waits until each has answered or its time is over.
    pub async fn run(&self, instances: &[InstanceId], order: Order<'_>) -> Result<Replies, UserError> {
        let Registered { online, mut replies } = registered::look(self, instances).await?;
        let chunks: Vec<_> = online.chunks(AT_ONCE).map(|chunk| self.run_on_chunk(chunk, order)).collect();
        let mut chunks = futures_util::stream::iter(chunks).buffer_unordered(PARALLEL);
        while let Some(answered) = chunks.next().await {
            replies.extend(answered?);
        }
        Ok(replies)
    }

    /// One that SSM does not take keeps the command from all others, so they are then asked one by one.
    async fn run_on_chunk(&self, chunk: &[InstanceId], order: Order<'_>) -> Result<Replies, UserError> {
        match self.send(chunk, order).await? {
            Sent::Command(id) => self.follow(&id, chunk, order).await,
            Sent::Refused(because) if chunk.len() == 1 => {
                let refused = |instance: &InstanceId| {
                    (instance.clone(), Reply::Silent(Silence::Refused { because: because.clone() }))
                };
                Ok(chunk.iter().map(refused).collect())
            }
            Sent::Refused(_) => {
                let mut replies = Replies::new();
                for instance in chunk {
                    let alone = std::slice::from_ref(instance);
                    replies.extend(Box::pin(self.run_on_chunk(alone, order)).await?);
                }
                Ok(replies)
            }
        }
    }

    /// An answer that was lost may have been a yes, so only what certainly was not sent is sent again.
    async fn send(
        &self,
        chunk: &[InstanceId],
        Order { script, comment, limit, .. }: Order<'_>,
    ) -> Result<Sent, UserError> {
        let deadline = Instant::now() + DELIVERY.duration();
        let once = aws_sdk_ssm::config::Builder::new().retry_config(RetryConfig::disabled());
        loop {
            let request = self.client.send_command().document_name(DOCUMENT).comment(comment);
            let request = request.set_instance_ids(Some(chunk.iter().map(ToString::to_string).collect()));
            let request = request.parameters("commands", script.split('\n').map(str::to_owned).collect());
            let request = request.parameters("executionTimeout", vec![limit.0.to_string()]);
            let request = request.timeout_seconds(i32::try_from(DELIVERY.0).unwrap_or(i32::MAX));
            let error = match request.customize().config_override(once.clone()).send().await {
                Ok(sent) => {
                    let id = sent.command.and_then(|command| command.command_id);
                    return id.map(Sent::Command).ok_or_else(|| UserError::failed("SSM did not name the command"));
                }
                Err(error) => error,
            };
            match Fault::of(&error) {
                Fault::Throttled if Instant::now() < deadline => tokio::time::sleep(LONGEST_PAUSE).await,
                Fault::Refused { code, message } if code == "InvalidInstanceId" => return Ok(Sent::Refused(message)),
                _ => return Err(self.account.explain("send a command to the instances", &error)),
            }
        }
    }

    /// A look that fails decides nothing, unless no later one can tell more.
    async fn follow(&self, id: &str, chunk: &[InstanceId], order: Order<'_>) -> Result<Replies, UserError> {
        let mut deadline = Instant::now() + DELIVERY.duration() + order.limit.duration() + SLACK;
        let mut was_stopped = false;
        let mut pause = SHORTEST_PAUSE;
        let mut replies = Replies::new();
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                stop = told_to_stop(order.stop), if !was_stopped => {
                    was_stopped = true;
                    match self.cancel(id).await {
                        Ok(()) => (pause, deadline) = (SHORTEST_PAUSE, Instant::now() + CANCELLING),
                        Err(error) => stop.printer.warn(format_args!("{error}; the command goes on, and its end is waited for")),
                    }
                }
            }
            let ended = self.ended(id).await?.into_iter().filter(|(instance, _)| !replies.contains_key(instance));
            let mut answers = futures_util::stream::iter(ended.collect::<Vec<_>>())
                .map(async |(instance, invocation)| {
                    let reply = self.reply(id, &instance, &invocation, order.limit).await;
                    (instance, reply)
                })
                .buffer_unordered(PARALLEL);
            let mut come = Replies::new();
            while let Some((instance, reply)) = answers.next().await {
                come.extend(reply?.map(|reply| (instance, reply)));
            }
            replies.extend(come);
            if replies.len() == chunk.len() || Instant::now() >= deadline {
                break;
            }
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
        let late = || Reply::Silent(Silence::TimedOut { limit: order.limit });
        Ok(chunk.iter().map(|instance| (instance.clone(), replies.remove(instance).unwrap_or_else(late))).collect())
    }

    /// Has SSM kill what runs of the command. That it was asked proves nothing.
    async fn cancel(&self, id: &str) -> Result<(), UserError> {
        let asked = self.client.cancel_command().command_id(id).send().await;
        asked.map(drop).map_err(|error| self.account.explain("cancel the command", &error))
    }

    /// Where the command has ended, however it did.
    async fn ended(&self, id: &str) -> Result<Vec<(InstanceId, CommandInvocation)>, UserError> {
        let mut pages = self.client.list_command_invocations().command_id(id).into_paginator().items().send();
        let mut ended = Vec::new();
        while let Some(found) = pages.next().await {
            match found {
                Ok(found) if invocation::is_over(&found) => {
                    ended.extend(found.instance_id().and_then(|id| id.parse().ok()).map(|id| (id, found)));
                }
                Ok(_) => {}
                Err(error) if Fault::of(&error).is_transient() => break,
                Err(error) => return Err(self.account.explain("see what became of the command", &error)),
            }
        }
        Ok(ended)
    }

    /// How it ended on one instance; none if that cannot be seen just now.
    async fn reply(
        &self,
        id: &str,
        instance: &InstanceId,
        found: &CommandInvocation,
        limit: Seconds,
    ) -> Result<Option<Reply>, UserError> {
        if let Some(silence) = invocation::silence(found, limit) {
            return Ok(Some(Reply::Silent(silence)));
        }
        let request = self.client.get_command_invocation().command_id(id).instance_id(instance.as_str());
        match request.send().await {
            Ok(answer) => Ok(Some(invocation::reply(answer))),
            Err(error) => match Fault::of(&error) {
                fault if fault.is_transient() => Ok(None),
                // SSM's parts do not learn of a command at the same time.
                Fault::Refused { code, .. } if code == "InvocationDoesNotExist" => Ok(None),
                _ => Err(self.account.explain("read what the command printed", &error)),
            },
        }
    }
}

async fn told_to_stop(stop: Option<Stop<'_>>) -> Stop<'_> {
    match stop {
        Some(stop) => {
            stop.asked.cancelled().await;
            stop
        }
        None => std::future::pending().await,
    }
}

/// What became of handing a command to SSM.
enum Sent {
    /// It has this id.
    Command(String),
    /// SSM does not take one of the instances, and has sent nothing.
    Refused(String),
}
