//! `jetway uninstall`: removes the environments and the base stacks, and tells what stays.

mod kept;
mod remove;

use serde::Serialize;

use self::kept::Kept;
use crate::aws::stack::show::{BEGUN, unless_interrupted};
use crate::aws::stack::{Stack, Stacks, name};
use crate::commands::install::{Place, check_owner, places};
use crate::error::{Exit, UserError};
use crate::stack_session::StackSession;

/// What goes on with it after an interruption.
const RESUME: &str = "jetway uninstall";

/// There is nothing to choose.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// What is installed in one region.
struct Installed {
    stacks: Stacks,
    base: Option<Stack>,
    environments: Vec<Stack>,
    kept: Vec<Kept>,
}

#[derive(Serialize)]
struct Answer {
    installation: String,
    deleted: Vec<String>,
    kept: Vec<Kept>,
}

/// Removes the installation, after its name was typed.
pub async fn run(session: &StackSession, _arguments: &Arguments) -> anyhow::Result<Exit> {
    let (places, skipped) = places(session).await?;
    for skipped in &skipped {
        session.printer.warn(skipped);
    }
    let mut found = Vec::new();
    for place in &places {
        found.push(Installed::find(session, place).await?);
    }
    found.retain(|installed| installed.all().next().is_some());
    if found.is_empty() {
        return nothing(session, &places).await;
    }
    let installation = session.installation().name.to_string();
    let mut answer = Answer { installation, deleted: Vec::new(), kept: Vec::new() };
    for installed in &found {
        installed.tell(session);
    }
    let what = format!("this removes the installation {}", answer.installation);
    session.printer.confirm_by_name(&what, &answer.installation).await?;
    let removed = Box::pin(async {
        for installed in &found {
            remove::all(session, installed).await?;
        }
        Ok(())
    });
    unless_interrupted(BEGUN, RESUME, removed).await?;
    for installed in found {
        answer.deleted.extend(installed.all().map(|stack| stack.name.clone()));
        answer.kept.extend(installed.kept);
    }
    session.printer.answer(&answer, || answer.text())?;
    Ok(Exit::Done)
}

/// There is nothing to remove; what an earlier run has left is told again.
async fn nothing(session: &StackSession, places: &[Place]) -> anyhow::Result<Exit> {
    let installation = session.installation().name.to_string();
    let mut answer = Answer { installation, deleted: Vec::new(), kept: Vec::new() };
    for place in places {
        answer.kept.extend(kept::of_before(session, &place.stacks).await?);
    }
    session.printer.answer(&answer, || answer.text())?;
    Ok(Exit::Done)
}

impl Installed {
    async fn find(session: &StackSession, place: &Place) -> anyhow::Result<Self> {
        let installation = &session.installation().name;
        let stacks = place.stacks.clone();
        let all = stacks.list(&format!("{installation}-")).await?;
        let releases = format!("{installation}-release-");
        let begins = |stack: &Stack, prefixes: &[&str]| prefixes.iter().any(|prefix| stack.name.starts_with(prefix));
        let in_use = [name::applications(installation), releases];
        let in_use: Vec<&str> = in_use.iter().map(String::as_str).collect();
        let in_use: Vec<&Stack> = all.iter().filter(|stack| begins(stack, &in_use)).collect();
        if !in_use.is_empty() {
            return Err(refusal(&stacks, &in_use).into());
        }
        let base = name::base(installation);
        let environments = name::environments(installation);
        let base = all.iter().find(|stack| stack.name == base).cloned();
        let environments: Vec<Stack> = all.into_iter().filter(|stack| begins(stack, &[&environments])).collect();
        let mut kept = Vec::new();
        for stack in environments.iter().chain(&base) {
            check_owner(stack, installation)?;
            kept.extend(kept::find(session, &stacks, stack).await?);
        }
        Ok(Self { stacks, base, environments, kept })
    }

    /// Every stack, the base last.
    fn all(&self) -> impl Iterator<Item = &Stack> {
        self.environments.iter().chain(&self.base)
    }

    fn tell(&self, session: &StackSession) {
        let account = self.stacks.account();
        session.printer.say(account);
        for stack in self.all() {
            session.printer.say(format_args!("  delete  {}", stack.name));
        }
        for kept in &self.kept {
            session.printer.say(format_args!("  keep    {kept}"));
        }
    }
}

fn refusal(stacks: &Stacks, in_use: &[&Stack]) -> UserError {
    let names: Vec<&str> = in_use.iter().map(|stack| stack.name.as_str()).collect();
    let region = stacks.account().region();
    let message = format!("there are applications in {region}: {}; nothing was changed", names.join(", "));
    UserError::failed(message).hint("`jetway destroy` stops an application, and `jetway app delete` removes its stacks")
}

impl Answer {
    fn text(&self) -> String {
        let installation = &self.installation;
        let first = match self.deleted.as_slice() {
            [] => format!("nothing of {installation} is installed there"),
            deleted => format!("{installation} is removed: {}", deleted.join(", ")),
        };
        let mut lines = vec![first];
        if !self.kept.is_empty() {
            lines.push("these stay, with what they hold, until you remove them:".to_owned());
        }
        lines.extend(self.kept.iter().map(|kept| format!("  {kept}\n    {}", kept.remove)));
        lines.join("\n") + "\n"
    }
}
