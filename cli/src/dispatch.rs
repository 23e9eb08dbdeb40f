//! From the command line to one command.

use jetway_common::name::EnvironmentName;

use crate::args::{ApplicationCommand, Globals, OfflineCommand, StackCommand};
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

/// Runs a command that needs this machine's files alone.
pub fn run_offline(globals: &Globals, command: &OfflineCommand) -> anyhow::Result<Exit> {
    let offline = Offline {
        printer: printer(globals),
        manifest_path: globals.manifest.clone(),
        installation_file: globals.installation_file.clone(),
        application: globals.application.clone(),
        region: globals.region.clone(),
    };
    match command {
        OfflineCommand::Init(arguments) => commands::init::run(&offline, arguments),
        OfflineCommand::Check(arguments) => commands::check::run(&offline, arguments),
        OfflineCommand::ConfigSchema(arguments) => commands::config_schema::run(&offline, arguments),
        OfflineCommand::Template(command) => commands::template::run(&offline, command),
        OfflineCommand::Policy(arguments) => commands::policy::run(&offline, arguments),
        OfflineCommand::Completions(arguments) => commands::completions::run(&offline, arguments),
        OfflineCommand::Man(arguments) => commands::man::run(&offline, arguments),
    }
}

/// Runs a command that manages stacks.
pub async fn run_on_stacks(session: &StackSession, command: &StackCommand) -> anyhow::Result<Exit> {
    match command {
        StackCommand::Install(arguments) => commands::install::run(session, arguments).await,
        StackCommand::Uninstall(arguments) => commands::uninstall::run(session, arguments).await,
        StackCommand::App(command) => commands::app::run(session, command).await,
    }
}

/// The environment that a command acts on.
pub fn environment(command: &ApplicationCommand) -> anyhow::Result<EnvironmentName> {
    let named = match command {
        ApplicationCommand::Image(arguments) => &arguments.environment,
        ApplicationCommand::Config(command) => return command.environment(),
        ApplicationCommand::Deploy(arguments) => &arguments.environment,
        ApplicationCommand::Promote(arguments) => &arguments.to,
        ApplicationCommand::Rollback(arguments) => &arguments.environment,
        ApplicationCommand::Releases(arguments) => match arguments.environment() {
            Some(environment) => environment,
            None => return Ok(EnvironmentName::local()),
        },
        ApplicationCommand::Diff(arguments) => &arguments.environment,
        ApplicationCommand::Status(arguments) => &arguments.environment,
        ApplicationCommand::Wait(arguments) => &arguments.environment,
        ApplicationCommand::Abort(arguments) => &arguments.environment,
        ApplicationCommand::Logs(arguments) => &arguments.environment,
        ApplicationCommand::Exec(arguments) => &arguments.environment,
        ApplicationCommand::Ssh(arguments) => &arguments.environment,
        ApplicationCommand::Run(arguments) => &arguments.environment,
        ApplicationCommand::Scale(arguments) => &arguments.environment,
        ApplicationCommand::Lock(command) => command.environment(),
        ApplicationCommand::Destroy(arguments) => &arguments.environment,
    };
    Ok(named.clone())
}

/// The environment that a command takes a release from, if it does.
pub fn source(command: &ApplicationCommand) -> Option<&EnvironmentName> {
    if let ApplicationCommand::Promote(arguments) = command { Some(&arguments.from) } else { None }
}

/// Whether a command changes what runs, so that people must see where.
pub fn changes_releases(command: &ApplicationCommand) -> bool {
    use ApplicationCommand as C;
    matches!(command, C::Deploy(_) | C::Promote(_) | C::Rollback(_) | C::Abort(_) | C::Scale(_) | C::Destroy(_))
}

/// Runs a command on the session's platform.
pub async fn run(session: &Session, command: &ApplicationCommand) -> anyhow::Result<Exit> {
    match command {
        ApplicationCommand::Image(arguments) => commands::image::run(session, arguments).await,
        ApplicationCommand::Config(command) => commands::config::run(session, command).await,
        ApplicationCommand::Deploy(arguments) => commands::deploy::run(session, arguments).await,
        ApplicationCommand::Promote(arguments) => commands::promote::run(session, arguments).await,
        ApplicationCommand::Rollback(arguments) => commands::rollback::run(session, arguments).await,
        ApplicationCommand::Releases(arguments) => commands::releases::run(session, arguments).await,
        ApplicationCommand::Diff(arguments) => commands::diff::run(session, arguments).await,
        ApplicationCommand::Status(arguments) => commands::status::run(session, arguments).await,
        ApplicationCommand::Wait(arguments) => commands::wait::run(session, arguments).await,
        ApplicationCommand::Abort(arguments) => commands::abort::run(session, arguments).await,
        ApplicationCommand::Logs(arguments) => commands::logs::run(session, arguments).await,
        ApplicationCommand::Exec(arguments) => commands::exec::run(session, arguments).await,
        ApplicationCommand::Ssh(arguments) => commands::ssh::run(session, arguments).await,
        ApplicationCommand::Run(arguments) => commands::run::run(session, arguments).await,
        ApplicationCommand::Scale(arguments) => commands::scale::run(session, arguments).await,
        ApplicationCommand::Lock(command) => commands::lock::run(session, command).await,
        ApplicationCommand::Destroy(arguments) => commands::destroy::run(session, arguments).await,
    }
}
