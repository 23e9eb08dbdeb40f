//! `jetway config export`: all values, in a form that `import` reads.

use jetway_common::name::EnvironmentName;
use jetway_common::secret::Values;

use crate::config::{self, dotenv, json_object};
use crate::error::{Exit, UserError};
use crate::printer::Format;
use crate::session::Session;

/// The arguments of `jetway config export`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment whose config is printed.
    pub(super) environment: EnvironmentName,
    /// The form; dotenv unless --json is given.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Say that the values may be shown; nothing is exported without it.
    #[arg(long)]
    reveal: bool,
}

/// The forms that `import` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Lines of NAME=value.
    Dotenv,
    /// One JSON object.
    Json,
}

/// Runs the command.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let form = form(session.printer.format, arguments.format)?;
    if !arguments.reveal {
        let message = "an export shows every value of the config";
        return Err(UserError::usage(message).hint("say --reveal if that is what you want").into());
    }
    let values = match config::latest(session, &target).await? {
        Some((_, sealed)) => config::open(session, &target, &sealed).await?,
        None => Values::new(),
    };
    let text = if form == Form::Json { json_object::write(&values)? } else { dotenv::write(&values) };
    session.printer.data(&text)?;
    Ok(Exit::Done)
}

fn form(output: Format, wanted: Option<Form>) -> anyhow::Result<Form> {
    match (output, wanted) {
        (Format::Json, Some(Form::Dotenv)) => {
            Err(UserError::usage("--json and --format dotenv contradict each other").into())
        }
        (Format::Json, _) => Ok(Form::Json),
        (Format::Text, wanted) => Ok(wanted.unwrap_or(Form::Dotenv)),
    }
}
