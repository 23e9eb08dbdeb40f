//! `jetway config set`: values from the command line, from standard input, or typed without being shown.

use jetway_common::name::EnvironmentName;
use jetway_common::sealed_config::LONGEST_VALUE;
use jetway_common::secret::{SecretText, Values};

use super::hidden::Hidden;
use super::{input, outcome};
use crate::config;
use crate::config::entries::{self, Entry};
use crate::error::{Exit, UserError};
use crate::session::Session;
use crate::terminal;

/// The arguments of `jetway config set`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is changed.
    environment: Hidden,
    /// What is set: NAME=VALUE, as many as wanted; or one NAME and `-`, which reads the value from standard input; or one
    /// NAME alone, which asks for the value.
    #[arg(value_name = "NAME=VALUE | NAME - | NAME", required = true)]
    words: Vec<Hidden>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment()?)?;
    let new = entries::checked(entries(session, &arguments.words)?).map_err(|problems| entries::refusal(&problems))?;
    let change = config::change(session, &target, |old| entries::merged(old, &new)).await?;
    outcome::tell(session, &target, &change)?;
    Ok(Exit::Done)
}

impl Arguments {
    /// The parser would quote a forgotten environment's neighbour, which is a value.
    pub(super) fn environment(&self) -> anyhow::Result<EnvironmentName> {
        let word = self.environment.reveal();
        if word.contains('=') {
            let message = "the first word must be the environment, and it is NAME=VALUE";
            return Err(UserError::usage(message).hint("jetway config set local NAME=VALUE").into());
        }
        word.parse().map_err(|error| anyhow::Error::new(UserError::usage(format!("{error}"))))
    }
}

fn entries(session: &Session, words: &[Hidden]) -> anyhow::Result<Vec<Entry>> {
    let words: Vec<&str> = words.iter().map(Hidden::reveal).collect();
    match words.as_slice() {
        [name] if !name.contains('=') => {
            check_name(name)?;
            let value = terminal::ask_secret(session.printer, &format!("the value of `{name}`"))?;
            Ok(vec![entry(1, name, value)])
        }
        [name, input::STANDARD_INPUT] if !name.contains('=') => {
            check_name(name)?;
            Ok(vec![entry(1, name, from_standard_input(session)?)])
        }
        words => assignments(words),
    }
}

/// Nobody types or pipes a value for a name that is refused afterwards.
fn check_name(name: &str) -> anyhow::Result<()> {
    let checked = entries::checked(vec![entry(1, name, SecretText::new(String::new()))]);
    checked.map(|_: Values| ()).map_err(|problems| entries::refusal(&problems).into())
}

fn entry(number: usize, name: &str, value: SecretText) -> Entry {
    Entry { place: format!("argument {number}"), name: name.to_owned(), value }
}

fn from_standard_input(session: &Session) -> anyhow::Result<SecretText> {
    let text = input::standard_input(session.printer, LONGEST_VALUE + 2)?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(SecretText::new(value.to_owned()))
}

fn assignments(words: &[&str]) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (number, word) in (1..).zip(words) {
        match word.split_once('=') {
            Some((name, value)) => entries.push(entry(number, name, SecretText::new(value.to_owned()))),
            None => problems.push(format!("argument {number} has no `=`")),
        }
    }
    if problems.is_empty() {
        return Ok(entries);
    }
    problems.extend(entries::checked(entries).err().into_iter().flatten());
    Err(entries::refusal(&problems).hint("write NAME=VALUE, or one NAME and `-` for standard input").into())
}
