//! `jetway`: arguments, platform, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use jetway::args::Arguments;
use jetway::error::{Exit, exit_of};
use jetway::local::home::Home;
use jetway::session::Session;
use jetway::stack_session::StackSession;
use jetway::{dispatch, local};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let printer = dispatch::printer(&arguments.globals);
    log_to_stderr(arguments.globals.verbose);
    match run(&arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.failure(&error);
            exit_of(&error).into()
        }
    }
}

/// Help, the version, or a command line that is wrong: programs that asked for JSON get it then, too.
fn not_understood(error: &clap::Error) -> ExitCode {
    // A closed stderr must not stop the answer.
    let _ = error.print();
    let wants_json = std::env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json");
    if wants_json && error.use_stderr() {
        dispatch::tell_wrong_use(&error.render().to_string());
    }
    u8::try_from(error.exit_code()).unwrap_or(1).into()
}

fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(outcome) = dispatch::run_offline(&arguments.globals, &arguments.command) {
        return outcome;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = if dispatch::manages_stacks(&arguments.command) {
        let session = StackSession::open(&arguments.globals)?;
        runtime.block_on(dispatch::run_on_stacks(&session, &arguments.command))
    } else {
        let session = session(arguments)?;
        runtime.block_on(dispatch::run(&session, &arguments.command))
    };
    // A thread that still reads standard input must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

/// What goes on inside, for who looks for a fault; `RUST_LOG` asks for more.
fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "jetway=info,warn",
        _ => "jetway=debug,info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
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
