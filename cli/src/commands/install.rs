//! `jetway install`: makes the base stack of each region and the stacks of the environments, or brings them up to date.

mod answer;
mod blueprint;
mod carry_out;
mod networks;
mod package;
mod plan;
mod region;
mod zones;

use std::path::PathBuf;

use self::answer::Answer;
use self::networks::Addresses;
use self::package::Package;
use self::plan::Plan;
use self::region::Region;
use crate::aws::stack::show::{BEGUN, unless_interrupted};
use crate::error::Exit;
use crate::stack_session::StackSession;

pub(super) use self::blueprint::{base_words, environment_words};
pub(super) use self::region::{Place, check_owner, places};

/// What goes on with an installation that was interrupted.
const RESUME: &str = "jetway install";

/// What to install.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Store this package of the agent (RPM), which instances with a stock AMI install at their first boot.
    #[arg(long, value_name = "FILE")]
    agent_package: Option<PathBuf>,
    /// Let this resource of a stack be replaced or removed with what it holds; may be said several times.
    #[arg(long, value_name = "STACK/LOGICAL_NAME")]
    allow_replace: Vec<String>,
}

/// Installs, after having shown what would change and asked.
pub async fn run(session: &StackSession, arguments: &Arguments) -> anyhow::Result<Exit> {
    let package = arguments.agent_package.as_deref().map(Package::read).transpose()?;
    let (places, skipped) = places(session).await?;
    for skipped in &skipped {
        session.printer.warn(skipped);
    }
    let mut regions = Vec::new();
    for place in places {
        regions.push(Region::look(session, place).await?);
    }
    let mut addresses = Addresses::collect(session, &regions).await?;
    let mut plans = Vec::new();
    for region in &regions {
        plans.push(Plan::make(session, region, &mut addresses, &arguments.allow_replace).await?);
    }
    if package.is_some() || plans.iter().any(Plan::changes_anything) {
        for plan in &plans {
            plan.tell(session.printer);
        }
        if let Some(package) = &package {
            session.printer.say(format_args!("  store   {package}"));
        }
        if let Err(refused) = session.printer.confirm("this changes the account").await {
            for plan in &plans {
                plan.discard().await?;
            }
            return Err(refused);
        }
    }
    let carried_out = Box::pin(async {
        let mut stacks = Vec::new();
        for plan in plans {
            stacks.extend(carry_out::plan(session, plan, package.as_ref()).await?);
        }
        Ok(stacks)
    });
    let stacks = unless_interrupted(BEGUN, RESUME, carried_out).await?;
    let answer = Answer::new(session, stacks, skipped, package.as_ref());
    session.printer.answer(&answer, || answer.text())?;
    Ok(Exit::Done)
}
