//! `jetway app update`: brings the application's stack up to what the manifest says.

use jetway_common::name::EnvironmentName;

use super::answer::Answer;
use super::plan::{Plan, TARGET_GROUP, absent, agree, loses};
use super::site::Site;
use super::{carry_out, command};
use crate::aws::stack::item::Step;
use crate::error::{Exit, UserError};
use crate::stack_session::StackSession;

/// What to bring up to date.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment; all of the installation when none is named.
    environment: Option<EnvironmentName>,
    /// Let this resource of a stack be replaced or removed with what it holds; may be said several times.
    #[arg(long, value_name = "STACK/LOGICAL_NAME")]
    allow_replace: Vec<String>,
}

/// Changes what differs, after having shown it and asked.
pub(super) async fn run(session: &StackSession, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    for site in Site::open(session, arguments.environment.as_ref()).await? {
        if arguments.environment.is_none() && !site.has_stack().await? {
            session.printer.warn(absent(&site));
            continue;
        }
        match Plan::to_update(site, &arguments.allow_replace).await {
            Ok(plan) => plans.push(plan),
            Err(error) => {
                for plan in &plans {
                    plan.discard().await?;
                }
                return Err(error);
            }
        }
    }
    if plans.is_empty() {
        let message = format!("{} is in no environment; nothing was changed", session.application()?);
        return Err(UserError::failed(message).hint("`jetway app create` makes it").into());
    }
    agree(&plans, &format!("this changes {}", session.application()?)).await?;
    let environments = carry_out::all(&plans, &command("update", arguments.environment.as_ref())).await?;
    let answer = Answer { application: session.application()?.to_string(), environments };
    session.printer.answer(&answer, || answer.text())?;
    plans.iter().for_each(next);
    Ok(Exit::Done)
}

/// A release that was made before stays where it was.
fn next(plan: &Plan<'_>) {
    let Step::Change(proposal) = &plan.item.step else { return };
    if loses(&proposal.changes, TARGET_GROUP) {
        let environment = &plan.site.environment;
        let told = format!("no release of before is reached there: `jetway deploy {environment}` makes one that is");
        plan.site.session.printer.warn(format_args!("{environment}: {told}"));
    }
}
