//! `jetway config import`: all values of a dotenv or JSON file at once.

use std::path::PathBuf;

use jetway_common::name::EnvironmentName;

use super::{input, outcome};
use crate::config::{self, dotenv, entries, json_object};
use crate::error::Exit;
use crate::session::Session;

/// More than any config that can be sealed, with room for comments.
const LARGEST_FILE: usize = 1024 * 1024;

/// The arguments of `jetway config import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is changed.
    pub(super) environment: EnvironmentName,
    /// The file: lines of NAME=value, or one JSON object with string values. `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Remove the names that the file does not have.
    #[arg(long)]
    replace: bool,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let text = input::file(session.printer, &arguments.file, LARGEST_FILE)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let is_json = text.trim_start().starts_with('{');
    let found = if is_json { json_object::read(text) } else { dotenv::read(text) };
    let place = if arguments.file.as_os_str() == input::STANDARD_INPUT {
        "standard input".to_owned()
    } else {
        arguments.file.display().to_string()
    };
    let named = |problem: &String| format!("{place}, {problem}");
    let new =
        found.into_values().map_err(|problems| entries::refusal(&problems.iter().map(named).collect::<Vec<_>>()))?;
    let change =
        config::change(
            session,
            &target,
            |old| {
                if arguments.replace { Ok(new.clone()) } else { entries::merged(old, &new) }
            },
        );
    outcome::tell(session, &target, &change.await?)?;
    Ok(Exit::Done)
}
