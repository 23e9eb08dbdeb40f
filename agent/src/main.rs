//! `jetway-agent`: arguments, log, platform, exit code.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use jetway_agent::args::{Arguments, Command, RunArguments};
use jetway_agent::docker::Docker;
use jetway_agent::local::{host::LocalHost, key::KeyFile, store::FolderStore};
use jetway_agent::platform::Platform;
use jetway_agent::run::{RunError, read_boot_file, run};
use jetway_agent::run_dir::RunDir;
use jetway_agent::{doctor, output, status};
use jetway_common::boot_file::Platform as Place;

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(arguments) => match run_here(arguments).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => error.tell(),
        },
        Command::Status(arguments) => status::status(&arguments, &Docker::default()).await,
        Command::Doctor(arguments) => doctor::doctor(&arguments, &Docker::default()).await,
        Command::Version => {
            output::data(concat!("jetway-agent ", env!("CARGO_PKG_VERSION"), "\n"));
            ExitCode::SUCCESS
        }
    }
}

async fn run_here(arguments: RunArguments) -> Result<(), RunError> {
    output::start_log();
    let boot_file = read_boot_file(&arguments.boot_file)?;
    let run_dir = RunDir::new(arguments.run_dir);
    let engine = Arc::new(Docker::default());
    let platform = match boot_file.platform.clone() {
        Place::Local { store, key } => Platform {
            store: Arc::new(FolderStore::new(store)),
            keys: Arc::new(KeyFile::new(key)),
            engine,
            host: Arc::new(LocalHost::new(run_dir.clone())),
            run_dir,
        },
    };
    run(&platform, &boot_file).await
}
