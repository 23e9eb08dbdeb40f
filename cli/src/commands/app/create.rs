//! `jetway app create`: makes the application's stack in one environment, or in all of them.

use jetway_common::name::EnvironmentName;

use super::answer::Answer;
use super::plan::{Plan, agree};
use super::site::Site;
use super::{carry_out, command};
use crate::aws::stack::item::Step;
use crate::error::Exit;
use crate::stack_session::StackSession;

/// Where to make it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment; all of the installation when none is named.
    environment: Option<EnvironmentName>,
}

/// Makes what is missing, after having shown it and asked.
pub(super) async fn run(session: &StackSession, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut plans = Vec::new();
    for site in Site::open(session, arguments.environment.as_ref()).await? {
        plans.push(Plan::to_create(site).await?);
    }
    agree(&plans, &format!("this makes {}", session.application()?)).await?;
    let environments = carry_out::all(&plans, &command("create", arguments.environment.as_ref())).await?;
    let answer = Answer { application: session.application()?.to_string(), environments };
    session.printer.answer(&answer, || answer.text())?;
    next(session, &plans);
    Ok(Exit::Done)
}

fn next(session: &StackSession, plans: &[Plan<'_>]) {
    let kept = plans.iter().find(|plan| matches!(plan.item.step, Step::Keep(_)));
    let made = plans.iter().find(|plan| !matches!(plan.item.step, Step::Keep(_)));
    match (made, kept) {
        (Some(plan), _) => session.printer.say(format_args!("`jetway deploy {}` releases it", plan.site.environment)),
        (None, Some(_)) => session.printer.say("`jetway app update` brings it up to what jetway.toml says"),
        (None, None) => {}
    }
}
