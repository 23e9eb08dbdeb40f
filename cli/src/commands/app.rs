//! `jetway app`: the application's stacks, one in each environment.

mod answer;
mod blueprint;
mod carry_out;
mod create;
mod delete;
mod plan;
mod show;
mod site;
mod update;

use jetway_common::name::EnvironmentName;

use crate::error::Exit;
use crate::stack_session::StackSession;

/// What to do with the application's stacks.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make what the application needs before its first deploy: load balancer, security groups, roles, log group.
    Create(create::Arguments),
    /// Show where the application is reached, what it has, and what jetway.toml would change.
    Show(show::Arguments),
    /// Bring it up to what jetway.toml says.
    Update(update::Arguments),
    /// Remove it; releases must be gone before.
    Delete(delete::Arguments),
}

/// The command as it is typed, for all environments or the one that is named.
fn command(verb: &str, environment: Option<&EnvironmentName>) -> String {
    environment.map_or_else(|| format!("jetway app {verb}"), |name| format!("jetway app {verb} {name}"))
}

/// Runs the command.
pub async fn run(session: &StackSession, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Create(arguments) => create::run(session, arguments).await,
        Command::Show(arguments) => show::run(session, arguments).await,
        Command::Update(arguments) => Box::pin(update::run(session, arguments)).await,
        Command::Delete(arguments) => delete::run(session, arguments).await,
    }
}
