//! `jetway`: arguments, platform, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use jetway::args::{Arguments, Command, Globals};
use jetway::commands::doctor;
use jetway::error::{Exit, exit_of};
use jetway::local::home::Home;
use jetway::platform::Platform;
use jetway::session::Session;
use jetway::stack_session::StackSession;
use jetway::{aws, dispatch, local};
use jetway_common::name::{EnvironmentName, InstallationName};
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(run_command(arguments));
    // A thread that still reads standard input must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

async fn run_command(Arguments { globals, command }: &Arguments) -> anyhow::Result<Exit> {
    match command {
        Command::Offline(command) => dispatch::run_offline(globals, command),
        Command::Stacks(command) => dispatch::run_on_stacks(&StackSession::open(globals)?, command).await,
        Command::Doctor(arguments) => match arguments.environment_on_aws() {
            Some(environment) => doctor::look_at_aws(&StackSession::open(globals)?, environment).await,
            None => doctor::look_here(&session(globals, &EnvironmentName::local(), None).await?).await,
        },
        Command::Application(command) => {
            let session = session(globals, &dispatch::environment(command)?, dispatch::source(command)).await?;
            if let Some(place) = session.platform.place.as_ref().filter(|_| dispatch::changes_releases(command)) {
                session.printer.say(place);
            }
            dispatch::run(&session, command).await
        }
    }
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

async fn session(
    globals: &Globals,
    environment: &EnvironmentName,
    source: Option<&EnvironmentName>,
) -> anyhow::Result<Session> {
    let source = match source {
        Some(environment) => Some(platform(globals, environment).await?),
        None => None,
    };
    let (platform, installation, home) = platform(globals, environment).await?;
    Ok(Session {
        printer: dispatch::printer(globals),
        platform,
        source: source.map(|(platform, _, _)| platform),
        installation,
        manifest_path: globals.manifest.clone(),
        application: globals.application.clone(),
        home,
    })
}

/// The only place that knows which platform an environment is on.
async fn platform(
    globals: &Globals,
    environment: &EnvironmentName,
) -> anyhow::Result<(Platform, InstallationName, Option<Home>)> {
    if environment.is_local() {
        let home = Home::find(globals.home.clone())?;
        return Ok((local::platform(&home)?, InstallationName::default(), Some(home)));
    }
    let accounts = StackSession::open(globals)?;
    let (account, installation) = (accounts.account(environment).await?, accounts.installation());
    let platform = aws::platform(&account, installation, environment, accounts.printer).await?;
    Ok((platform, installation.name.clone(), None))
}
