//! From the command line to one command.

use jetway_common::name::EnvironmentName;

use crate::args::{Command, Globals};
use crate::commands;
use crate::error::Exit;
use crate::offline::Offline;
use crate::printer::{Format, Printer, Verbosity};
use crate::session::Session;
use crate::stack_session::StackSession;

/// The printer that the command line asks for.
pub fn printer(globals: &Globals) -> Printer {
    let verbosity = match (globals.quiet, globals.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    let format = if globals.json { Format::Json } else { Format::Text };
    Printer { format, verbosity, assume_yes: globals.yes }
}

/// Tells a program in JSON what is wrong with its command line; `told` is what people were told.
pub fn tell_wrong_use(told: &str) {
    let message = told.split("\n\n").next().unwrap_or(told).trim_start_matches("error: ").trim_end();
    let document = serde_json::json!({ "error": { "message": message, "because": [], "hint": null } });
    let printer = Printer { format: Format::Json, verbosity: Verbosity::Quiet, assume_yes: false };
    // stderr has the error already: if stdout cannot be written, there is nobody left to tell.
    let _ = printer.data(&document.to_string());
}

/// Runs a command that needs no platform; none if it needs one.
pub fn run_offline(globals: &Globals, command: &Command) -> Option<anyhow::Result<Exit>> {
    let offline = Offline {
        printer: printer(globals),
        manifest_path: globals.manifest.clone(),
        installation_file: globals.installation_file.clone(),
        application: globals.application.clone(),
        region: globals.region.clone(),
    };
    Some(match command {
        Command::Init(arguments) => commands::init::run(&offline, arguments),
        Command::Check(arguments) => commands::check::run(&offline, arguments),
        Command::ConfigSchema(arguments) => commands::config_schema::run(&offline, arguments),
        Command::Completions(arguments) => commands::completions::run(&offline, arguments),
        Command::Man(arguments) => commands::man::run(&offline, arguments),
        Command::Template(command) => commands::template::run(&offline, command),
        Command::Policy(arguments) => commands::policy::run(&offline, arguments),
        _ => return None,
    })
}

/// Whether a command manages stacks or looks into accounts, and so needs a [`StackSession`].
pub fn manages_stacks(command: &Command) -> bool {
    match command {
        Command::App(_) | Command::Install(_) | Command::Uninstall(_) => true,
        Command::Doctor(arguments) => arguments.is_about_aws(),
        _ => false,
    }
}

/// Runs a command that manages stacks.
pub async fn run_on_stacks(session: &StackSession, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::App(command) => commands::app::run(session, command).await,
        Command::Install(arguments) => commands::install::run(session, arguments).await,
        Command::Uninstall(arguments) => commands::uninstall::run(session, arguments).await,
        Command::Doctor(arguments) => commands::doctor::run_on_aws(session, arguments).await,
        _ => Ok(Exit::Done),
    }
}

/// The environment that a command acts on.
pub fn environment(command: &Command) -> anyhow::Result<EnvironmentName> {
    let named = match command {
        Command::Image(arguments) => &arguments.environment,
        Command::Config(command) => return command.environment(),
        Command::Deploy(arguments) => &arguments.environment,
        Command::Promote(arguments) => &arguments.to,
        Command::Rollback(arguments) => &arguments.environment,
        Command::Releases(arguments) => match arguments.environment() {
            Some(environment) => environment,
            None => return Ok(EnvironmentName::LOCAL.parse()?),
        },
        Command::Diff(arguments) => &arguments.environment,
        Command::Status(arguments) => &arguments.environment,
        Command::Wait(arguments) => &arguments.environment,
        Command::Abort(arguments) => &arguments.environment,
        Command::Logs(arguments) => &arguments.environment,
        Command::Exec(arguments) => &arguments.environment,
        Command::Run(arguments) => &arguments.environment,
        Command::Scale(arguments) => &arguments.environment,
        Command::Lock(command) => command.environment(),
        Command::Destroy(arguments) => &arguments.environment,
        Command::Doctor(_)
        | Command::App(_)
        | Command::Install(_)
        | Command::Uninstall(_)
        | Command::Init(_)
        | Command::Check(_)
        | Command::ConfigSchema(_)
        | Command::Template(_)
        | Command::Policy(_)
        | Command::Completions(_)
        | Command::Man(_) => return Ok(EnvironmentName::LOCAL.parse()?),
    };
    Ok(named.clone())
}

/// The environment that a command takes a release from, if it does.
pub fn source(command: &Command) -> Option<&EnvironmentName> {
    if let Command::Promote(arguments) = command { Some(&arguments.from) } else { None }
}

/// Runs a command on the session's platform.
pub async fn run(session: &Session, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Image(arguments) => commands::image::run(session, arguments).await,
        Command::Config(command) => commands::config::run(session, command).await,
        Command::Deploy(arguments) => commands::deploy::run(session, arguments).await,
        Command::Promote(arguments) => commands::promote::run(session, arguments).await,
        Command::Rollback(arguments) => commands::rollback::run(session, arguments).await,
        Command::Releases(arguments) => commands::releases::run(session, arguments).await,
        Command::Diff(arguments) => commands::diff::run(session, arguments).await,
        Command::Status(arguments) => commands::status::run(session, arguments).await,
        Command::Wait(arguments) => commands::wait::run(session, arguments).await,
        Command::Abort(arguments) => commands::abort::run(session, arguments).await,
        Command::Logs(arguments) => commands::logs::run(session, arguments).await,
        Command::Exec(arguments) => commands::exec::run(session, arguments).await,
        Command::Run(arguments) => commands::run::run(session, arguments).await,
        Command::Scale(arguments) => commands::scale::run(session, arguments).await,
        Command::Lock(command) => commands::lock::run(session, command).await,
        Command::Destroy(arguments) => commands::destroy::run(session, arguments).await,
        Command::Doctor(arguments) => commands::doctor::run(session, arguments).await,
        Command::App(_)
        | Command::Install(_)
        | Command::Uninstall(_)
        | Command::Init(_)
        | Command::Check(_)
        | Command::ConfigSchema(_)
        | Command::Template(_)
        | Command::Policy(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(Exit::Done),
    }
}
