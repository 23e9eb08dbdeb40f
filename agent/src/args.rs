//! What the command line offers; the help text is the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jetway_common::name::ContainerName;
use jetway_common::seconds::Seconds;

/// Runs one release on this instance, watches it, and says how it is.
#[derive(Debug, Parser)]
#[command(name = "jetway-agent", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the agent can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring this instance to serve the release that its boot file pins, and keep it so.
    Run(RunArguments),
    /// Say how this instance is: release, phases, containers, health, disk, and what to do. Exits 0 healthy, 1 not, 3 unknown.
    Status(StatusArguments),
    /// Check everything that the agent needs on this machine. Exits 0 when nothing is wrong, else 1.
    Doctor(DoctorArguments),
    /// Run a command in a container like one of the release's, and remove it at its end. Exits as the command does; 124 out of
    /// time, 125 when the fault is not its own. `jetway run` does this.
    OneOff(OneOffArguments),
    /// Keep containers of `imds = "deny"` from instance metadata; needs root. `jetway-imds.service` does this.
    Imds(ImdsArguments),
    /// Print the version.
    Version,
}

/// Where the boot file is on an instance.
pub const BOOT_FILE: &str = "/etc/jetway/boot.json";
/// The run folder that the agent's unit makes.
pub const RUN_DIR: &str = "/run/jetway";

/// For `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The boot file: which release to run.
    #[arg(long, env = "JETWAY_BOOT_FILE", default_value = BOOT_FILE, value_name = "PATH")]
    pub boot_file: PathBuf,
    /// The agent's own folder: lock, report and logs.
    #[arg(long, env = "JETWAY_RUN_DIR", default_value = RUN_DIR, value_name = "PATH")]
    pub run_dir: PathBuf,
}

/// For `one-off`.
#[derive(Debug, Args)]
pub struct OneOffArguments {
    /// The release's container whose image, environment, files, user and limits it gets.
    #[arg(value_name = "CONTAINER")]
    pub container: ContainerName,
    /// The program that is run in place of the image's entry point; an empty text runs the command itself.
    #[arg(long, value_name = "PROGRAM")]
    pub entrypoint: Option<String>,
    /// Connect this terminal with it.
    #[arg(long)]
    pub tty: bool,
    /// Stop it after this time.
    #[arg(long, value_name = "LENGTH")]
    pub timeout: Option<Seconds>,
    /// The boot file: which release's containers are meant.
    #[arg(long, env = "JETWAY_BOOT_FILE", default_value = BOOT_FILE, value_name = "PATH")]
    pub boot_file: PathBuf,
    /// The run folder of the agent, which tells whether the instance is leaving.
    #[arg(long, env = "JETWAY_RUN_DIR", default_value = RUN_DIR, value_name = "PATH")]
    pub run_dir: PathBuf,
    /// The command and its arguments. Other users of this machine see them: give it no secret.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<String>,
}

/// For `imds`.
#[derive(Debug, Args)]
pub struct ImdsArguments {
    /// The boot file: what containers get of instance metadata.
    #[arg(long, env = "JETWAY_BOOT_FILE", default_value = BOOT_FILE, value_name = "PATH")]
    pub boot_file: PathBuf,
}

/// For `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Look again every second.
    #[arg(long)]
    pub watch: bool,
    /// The run folder of the agent to look at.
    #[arg(long, env = "JETWAY_RUN_DIR", default_value = RUN_DIR, value_name = "PATH")]
    pub run_dir: PathBuf,
}

/// For `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// The boot file to check.
    #[arg(long, env = "JETWAY_BOOT_FILE", default_value = BOOT_FILE, value_name = "PATH")]
    pub boot_file: PathBuf,
    /// The run folder to check.
    #[arg(long, env = "JETWAY_RUN_DIR", default_value = RUN_DIR, value_name = "PATH")]
    pub run_dir: PathBuf,
}
