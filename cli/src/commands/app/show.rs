//! `jetway app show`: where the application is reached, what it has, and what the manifest would change. Only reads.

use std::collections::BTreeMap;

use jetway_common::name::EnvironmentName;
use serde::Serialize;

use super::blueprint::Blueprint;
use super::plan::absent;
use super::site::Site;
use crate::aws::stack::Stack;
use crate::aws::stack::change::Change;
use crate::aws::stack::difference::Difference;
use crate::aws::stack::words::Words;
use crate::error::Exit;
use crate::printer::harmless;
use crate::stack_session::StackSession;

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment; all of the installation when none is named.
    environment: Option<EnvironmentName>,
}

#[derive(Serialize)]
struct Answer {
    application: String,
    environments: Vec<Shown>,
}

/// The application in one environment, as it is.
#[derive(Serialize)]
struct Shown {
    environment: String,
    account: String,
    region: String,
    stack: String,
    /// As CloudFormation says it; none if there is no stack.
    status: Option<String>,
    is_protected: bool,
    url: Option<String>,
    outputs: BTreeMap<String, String>,
    releases: Vec<String>,
    /// What the manifest would change; none if that cannot be told.
    changes: Option<Vec<String>>,
    #[serde(skip)]
    told: String,
}

/// Shows it.
pub(super) async fn run(session: &StackSession, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut environments = Vec::new();
    for site in Site::open(session, arguments.environment.as_ref()).await? {
        let stack = site.stacks.find(&site.name()).await?;
        match stack {
            Some(stack) => environments.push(shown(&site, &stack).await?),
            None if arguments.environment.is_some() => return Err(absent(&site).into()),
            None => environments.push(Shown::absent(&site)),
        }
    }
    let answer = Answer { application: session.application()?.to_string(), environments };
    session.printer.answer(&answer, || answer.text())?;
    Ok(Exit::Done)
}

async fn shown(site: &Site<'_>, stack: &Stack) -> anyhow::Result<Shown> {
    site.check_owner(stack)?;
    let changes = match changes(site, stack).await {
        Ok(changes) => Some(changes),
        Err(error) => {
            site.session.printer.warn(format_args!("{}: no comparison with jetway.toml: {error:#}", site.environment));
            None
        }
    };
    let prefix = format!("{}--", site.name().replacen("-app-", "-release-", 1));
    let releases = site.releases().await?.into_iter();
    let releases = releases.map(|release| release.name.trim_start_matches(&prefix).to_owned()).collect();
    Ok(Shown {
        status: Some(stack.status.name().to_owned()),
        is_protected: stack.is_protected,
        url: stack.outputs.get("Url").cloned(),
        outputs: stack.outputs.clone(),
        releases,
        changes,
        told: stack.status.sentence().to_owned(),
        ..Shown::absent(site)
    })
}

/// What the manifest would change, in plain words.
async fn changes(site: &Site<'_>, stack: &Stack) -> anyhow::Result<Vec<String>> {
    if !stack.status.is_usable() {
        return Ok(Vec::new());
    }
    let blueprint = Blueprint::read(site)?;
    let new = blueprint.stack(site, Some(stack)).await?;
    let difference = site.stacks.compare(stack, &new).await?;
    let words = blueprint.words().and_of(&site.stacks.template(stack).await?);
    Ok(lines(&difference, &words))
}

fn lines(difference: &Difference, words: &Words) -> Vec<String> {
    let mut lines: Vec<String> = Change::tell_all(&difference.changes, words);
    lines.extend(difference.parameters.iter().map(|name| format!("change: the parameter {name}")));
    if difference.is_elsewhere {
        lines.push("change: the description, conditions or outputs of the stack".to_owned());
    }
    lines
}

impl Shown {
    fn absent(site: &Site<'_>) -> Self {
        let account = site.stacks.account();
        Self {
            environment: site.environment.to_string(),
            account: account.id().to_owned(),
            region: account.region().to_owned(),
            stack: site.name(),
            status: None,
            is_protected: false,
            url: None,
            outputs: BTreeMap::new(),
            releases: Vec::new(),
            changes: None,
            told: format!("is not there; `jetway app create {}` makes it", site.environment),
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("{} (account {}, region {})", self.environment, self.account, self.region)];
        let status = self.status.as_ref().map_or(String::new(), |status| format!(" ({status})"));
        lines.push(format!("  {} {}{status}", self.stack, self.told));
        if self.status.is_some() {
            let releases = if self.releases.is_empty() { "none".to_owned() } else { self.releases.join(", ") };
            lines.push(format!("  releases: {releases}"));
            lines.push(format!("  protected against being deleted: {}", if self.is_protected { "yes" } else { "no" }));
        }
        lines.extend(self.outputs.iter().map(|(name, value)| format!("  {name}: {}", harmless(value))));
        match &self.changes {
            Some(changes) if changes.is_empty() => lines.push("  jetway.toml changes nothing".to_owned()),
            Some(changes) => {
                lines.push(format!("  jetway.toml changes this (`jetway app update {}`):", self.environment));
                lines.extend(changes.iter().map(|change| format!("    {change}")));
            }
            None => {}
        }
        lines.join("\n")
    }
}

impl Answer {
    fn text(&self) -> String {
        let parts: Vec<String> = self.environments.iter().map(Shown::text).collect();
        parts.join("\n\n")
    }
}
