//! `jetway config`: an application's names and secret values in one environment.

mod diff;
mod export;
mod get;
mod hidden;
mod history;
mod import;
mod input;
mod list;
mod outcome;
mod set;
mod unset;

use jetway_common::name::EnvironmentName;

use crate::error::Exit;
use crate::session::Session;

/// What to do with the config.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the names, each with the version in which its value last changed.
    List(list::Arguments),
    /// Show one value; masked unless --reveal is given.
    Get(get::Arguments),
    /// Set values, which makes a new version. The next deploy releases it.
    ///
    /// A value on the command line is visible in the process list and stays in the shell's history. `-` in place of the
    /// value reads it from standard input; without any value, it is asked for and not shown.
    Set(set::Arguments),
    /// Remove names, which makes a new version.
    Unset(unset::Arguments),
    /// Set all values of a dotenv or JSON file, which makes one new version.
    ///
    /// A dotenv file has lines of NAME=value. A value may be in single quotes (taken as it is) or in double quotes (with
    /// \n, \r, \t, \", \$ and \\), and quoted values may span lines. Nothing is interpolated.
    Import(import::Arguments),
    /// Print all values in a form that `import` reads.
    Export(export::Arguments),
    /// List the versions, newest first, with who changed which names.
    History(history::Arguments),
    /// Compare two versions by their names: exit code 0 the same, 1 different, 2 error.
    Diff(diff::Arguments),
}

impl Command {
    /// The environment whose config is meant.
    pub fn environment(&self) -> anyhow::Result<EnvironmentName> {
        Ok(match self {
            Self::Set(arguments) => return arguments.environment(),
            Self::List(arguments) => &arguments.environment,
            Self::Get(arguments) => &arguments.environment,
            Self::Unset(arguments) => &arguments.environment,
            Self::Import(arguments) => &arguments.environment,
            Self::Export(arguments) => &arguments.environment,
            Self::History(arguments) => &arguments.environment,
            Self::Diff(arguments) => &arguments.environment,
        }
        .clone())
    }
}

/// Runs the command.
pub async fn run(session: &Session, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(arguments) => list::run(session, arguments).await,
        Command::Get(arguments) => get::run(session, arguments).await,
        Command::Set(arguments) => set::run(session, arguments).await,
        Command::Unset(arguments) => unset::run(session, arguments).await,
        Command::Import(arguments) => import::run(session, arguments).await,
        Command::Export(arguments) => export::run(session, arguments).await,
        Command::History(arguments) => history::run(session, arguments).await,
        Command::Diff(arguments) => diff::run(session, arguments).await,
    }
}

/// What is shown in place of a value.
const MASK: &str = "********";
