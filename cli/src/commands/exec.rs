//! `jetway exec`: a program inside a running container.

mod remote;

use std::time::Duration;

use jetway_common::name::{ContainerName, EnvironmentName, InstanceId};
use jetway_common::seconds::Seconds;

use crate::attach::{self, Ended, Sink};
use crate::docker::Engine;
use crate::error::Exit;
use crate::running::{self, Wish};
use crate::session::Session;
use crate::spot;
use crate::terminal::Size;

/// A program that has closed its output may live a little longer.
const PAUSE: Duration = Duration::from_millis(20);

/// The arguments of `jetway exec`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment that the container runs in.
    pub environment: EnvironmentName,
    /// The container; it may be left out when there is only one, or when the one that answers HTTP is meant.
    #[arg(long, value_name = "NAME")]
    container: Option<ContainerName>,
    /// The instance; one that serves unless it is named. An environment on AWS may have several.
    #[arg(long, value_name = "ID")]
    instance: Option<InstanceId>,
    /// On AWS and without a terminal: the program gets no input, and is ended after this time.
    #[arg(long, value_name = "LENGTH", default_value = "10m", value_parser = crate::remote::limit)]
    timeout: Seconds,
    /// The program and its arguments; its exit code becomes that of this command. On AWS they are kept in the history of
    /// SSM: give it no secret.
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    if let Some(remote) = session.fleet().remote() {
        return remote::run(session, &target, remote, arguments).await;
    }
    spot::refuse_instance(&target.environment, arguments.instance.as_ref())?;
    let engine = Engine::connect().await?;
    let wish = Wish { container: arguments.container.clone(), release: None };
    let container = running::one(session, &engine, &target, &wish).await?;
    let tty = attach::wants_terminal(session.printer);
    let (id, program) = engine.exec(&container.id, &arguments.command, tty).await?;
    let mut sink = Sink::new(session.printer);
    let resize = async |size: Size| engine.resize_exec(&id, size).await;
    if attach::connect(program, tty, &mut sink, resize).await? == Ended::Reader {
        return Ok(Exit::Program(attach::READER_LEFT));
    }
    let code = loop {
        match engine.exec_exit_code(&id).await? {
            Some(code) => break code,
            None => tokio::time::sleep(PAUSE).await,
        }
    };
    sink.finish(code)?;
    Ok(Exit::Program(attach::exit_code(code)))
}
