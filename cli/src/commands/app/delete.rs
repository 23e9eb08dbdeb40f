//! `jetway app delete`: removes the application's stack, once its releases are gone.

use std::collections::BTreeMap;

use jetway_common::layout::{ApplicationKeys, ImageKeys};
use jetway_common::name::EnvironmentName;
use serde::Serialize;

use super::blueprint::DELETION_PROTECTION;
use super::site::Site;
use crate::aws::stack::show::{BEGUN, unless_interrupted};
use crate::aws::stack::words::Words;
use crate::aws::stack::{Goal, Operation, Stack, name};
use crate::aws::store::S3Store;
use crate::error::{Exit, UserError};
use crate::stack_session::StackSession;

/// What to remove.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment; all of the installation when none is named.
    environment: Option<EnvironmentName>,
}

#[derive(Serialize)]
struct Answer {
    application: String,
    deleted: Vec<Deleted>,
}

/// A stack that is no more.
#[derive(Serialize)]
struct Deleted {
    environment: String,
    account: String,
    region: String,
    stack: String,
    /// Whether there was one.
    was_there: bool,
    /// What stays.
    retained: Vec<String>,
}

/// Removes it, after the application's name was typed.
pub(super) async fn run(session: &StackSession, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut found = Vec::new();
    for site in Site::open(session, arguments.environment.as_ref()).await? {
        check_releases(&site).await?;
        let stack = site.stacks.find(&site.name()).await?;
        if let Some(stack) = &stack {
            site.check_owner(stack)?;
        }
        found.push((site, stack));
    }
    let there: Vec<&Site<'_>> = found.iter().filter(|(_, stack)| stack.is_some()).map(|(site, _)| site).collect();
    let application = session.application()?;
    if !there.is_empty() {
        for site in &there {
            session.printer.say(site);
        }
        let names: Vec<&str> = there.iter().map(|site| site.environment.as_str()).collect();
        let what = format!("this removes {application} from {}, with its load balancer and roles", names.join(" and "));
        session.printer.confirm_by_name(&what, application.as_str()).await?;
    }
    let removed = Box::pin(async {
        let mut deleted = Vec::new();
        for (site, stack) in found {
            deleted.push(delete(&site, stack).await?);
        }
        Ok(deleted)
    });
    let deleted = unless_interrupted(BEGUN, &super::command("delete", arguments.environment.as_ref()), removed).await?;
    let answer = Answer { application: application.to_string(), deleted };
    session.printer.answer(&answer, || answer.text())?;
    Ok(Exit::Done)
}

/// A release runs in the roles and groups of its application, so it has to go first.
async fn check_releases(site: &Site<'_>) -> anyhow::Result<()> {
    let releases = site.releases().await?;
    let Some(first) = releases.first() else { return Ok(()) };
    let more = if releases.len() > 1 { format!(" and {} more", releases.len() - 1) } else { String::new() };
    let message = format!(
        "{} still has releases in {}: the stack {}{more}; nothing was changed",
        site.application, site.environment, first.name
    );
    Err(UserError::failed(message).hint(format!("`jetway destroy {}` removes them", site.environment)).into())
}

async fn delete(site: &Site<'_>, stack: Option<Stack>) -> anyhow::Result<Deleted> {
    let was_there = stack.is_some();
    let resume = format!("jetway app delete {}", site.environment);
    let retained = match stack {
        Some(stack) => {
            let retained = retained(site, &stack).await?;
            remove(site, stack, &resume).await?;
            retained
        }
        None => Vec::new(),
    };
    let account = site.stacks.account();
    Ok(Deleted {
        environment: site.environment.to_string(),
        account: account.id().to_owned(),
        region: account.region().to_owned(),
        stack: site.name(),
        was_there,
        retained,
    })
}

/// Each step finds out by itself whether it is still needed, so an interrupted command goes on where it was.
async fn remove(site: &Site<'_>, stack: Stack, resume: &str) -> anyhow::Result<()> {
    let words = Words::default().and_of(&site.stacks.template(&stack).await?);
    let view = site.view(&words, resume);
    let stack = if stack.status.is_settled() {
        stack
    } else {
        let operation = Operation::joined(&stack);
        let goal = operation.goal;
        match view.show(&site.stacks, operation).await? {
            Some(now) if goal == Goal::Present => now,
            _ => return Ok(()),
        }
    };
    let has_balancer = stack.parameters.get(DELETION_PROTECTION).is_some_and(|value| value == "true");
    if has_balancer && stack.status.is_usable() {
        let off = BTreeMap::from([(DELETION_PROTECTION.to_owned(), "false".to_owned())]);
        if let Some(operation) = site.stacks.set_parameters(&stack, &off, None).await? {
            view.show(&site.stacks, operation).await?;
        }
    }
    view.remove(&site.stacks, &stack).await
}

/// What outlives the stack.
async fn retained(site: &Site<'_>, stack: &Stack) -> anyhow::Result<Vec<String>> {
    let mut retained: Vec<String> =
        stack.outputs.get("LogGroup").map(|group| format!("the log group {group}")).into_iter().collect();
    let base = site.stacks.find(&name::base(&site.session.installation().name)).await?;
    if let Some(bucket) = base.as_ref().and_then(|base| base.outputs.get("StorageBucket")) {
        let store = S3Store::new(site.stacks.account().clone(), bucket.clone());
        let keys = ApplicationKeys::new(&site.environment, &site.application);
        for (prefix, what) in [
            (keys.releases(), "its releases"),
            (keys.configs(), "its configs"),
            (ImageKeys::new(&site.application).blobs(), "its images, which all environments share"),
            (keys.storage(), "its own files"),
        ] {
            if store.holds(&prefix).await? {
                retained.push(format!("{what}: s3://{bucket}/{prefix}"));
            }
        }
    }
    Ok(retained)
}

impl Answer {
    fn text(&self) -> String {
        let application = &self.application;
        let mut lines = Vec::new();
        for deleted in &self.deleted {
            let environment = &deleted.environment;
            if deleted.was_there {
                lines.push(format!("{application} is removed from {environment}"));
                lines.extend(deleted.retained.iter().map(|retained| format!("  stays: {retained}")));
            } else {
                lines.push(format!("{application} is not in {environment}: there is no stack {}", deleted.stack));
            }
        }
        lines.join("\n")
    }
}
