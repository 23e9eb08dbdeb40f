//! `jetway-agent`: arguments, log, platform, exit code.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use jetway_agent::args::{Arguments, BOOT_FILE, Command, RunArguments};
use jetway_agent::aws::{self, Ec2, fleet::Ec2Fleet, host::Ec2Host, key::KmsKey, orphan::Orphan, store::S3Store};
use jetway_agent::docker::Docker;
use jetway_agent::local::{self, fleet::LocalFleet, host::LocalHost, key::KeyFile, store::FolderStore};
use jetway_agent::platform::Platform;
use jetway_agent::run::{RunError, read_boot_file, run};
use jetway_agent::run_dir::RunDir;
use jetway_agent::{doctor, guard, one_off, output, status, systemd};
use jetway_common::boot_file::{BootFile, Platform as Place};
use jetway_common::container::LogSettings;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(arguments) => match run_here(arguments).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => error.tell(),
        },
        Command::Status(arguments) => status::status(&arguments, &Docker::default()).await,
        Command::Doctor(arguments) => doctor::doctor(&arguments, &Docker::default()).await,
        Command::OneOff(arguments) => one_off::one_off(&arguments, &Docker::default()).await,
        Command::Imds(arguments) => guard::guard(&arguments.boot_file),
        Command::Version => {
            output::data(concat!("jetway-agent ", env!("CARGO_PKG_VERSION"), "\n"));
            ExitCode::SUCCESS
        }
    }
}

async fn run_here(arguments: RunArguments) -> Result<(), RunError> {
    output::start_log();
    keep_memory_private();
    let boot_file = match read_boot_file(&arguments.boot_file) {
        Ok(boot_file) => boot_file,
        Err(error) => {
            // Whoever typed the command, or named another place, is told, and nobody else.
            if arguments.boot_file == Path::new(BOOT_FILE) && systemd::is_supervised() {
                Orphan::new().wait(&error, || read_boot_file(&arguments.boot_file).is_ok()).await;
            }
            return Err(error);
        }
    };
    let run_dir = RunDir::new(arguments.run_dir);
    run(&platform(&boot_file, run_dir).await, &boot_file).await
}

/// Memory holds secrets: no core dump gets it, whoever takes those on this system, and no other process of the same user may
/// look into it. <https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html>
fn keep_memory_private() {
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user may read the agent's memory");
    }
}

/// The only place that asks where we are.
async fn platform(boot_file: &BootFile, run_dir: RunDir) -> Platform {
    match boot_file.platform.clone() {
        Place::Local(place) => Platform {
            store: Arc::new(FolderStore::new(place.store)),
            keys: Arc::new(KeyFile::new(place.key)),
            engine: Arc::new(Docker::default()),
            fleet: Arc::new(LocalFleet),
            host: Arc::new(LocalHost::new(run_dir.clone())),
            run_dir,
            heartbeat: local::HEARTBEAT,
        },
        Place::Ec2(place) => {
            let ec2 = Ec2::new(place).await;
            let host = Arc::new(Ec2Host::new(ec2.clone()));
            Platform {
                store: Arc::new(S3Store::new(ec2.clone())),
                keys: Arc::new(KmsKey::new(&ec2)),
                engine: Arc::new(Docker::with_log(LogSettings::INSTANCE)),
                fleet: Arc::new(Ec2Fleet::new(ec2, host.clone())),
                host,
                run_dir,
                heartbeat: aws::HEARTBEAT,
            }
        }
    }
}
