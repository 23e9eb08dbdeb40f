//! `jetway`: arguments, platform, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use jetway::args::Arguments;
use jetway::error::{Exit, exit_of};
use jetway::local::home::Home;
use jetway::session::Session;
use jetway::{dispatch, local};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = dispatch::printer(&arguments.globals);
    match run(&arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.failure(&error);
            exit_of(&error).into()
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(outcome) = dispatch::run_offline(&arguments.globals, &arguments.command) {
        return outcome;
    }
    let session = session(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(dispatch::run(&session, &arguments.command));
    // A thread that still reads standard input must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

/// The only place that knows which platform it is on.
fn session(arguments: &Arguments) -> anyhow::Result<Session> {
    let globals = &arguments.globals;
    let home = Home::find(globals.home.clone())?;
    Ok(Session {
        printer: dispatch::printer(globals),
        platform: local::platform(&home)?,
        installation: jetway_common::name::InstallationName::default(),
        manifest_path: globals.manifest.clone(),
        application: globals.application.clone(),
        home,
    })
}
