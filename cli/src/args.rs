//! The command line. Each command owns its arguments; the help text is the manual.

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Parser, Subcommand};
use jetway_common::name::ApplicationName;

use crate::commands;

/// Deploys containers to plain EC2 instances, and to this machine.
///
/// Exit codes: 0 done, 1 failed (for `diff`: there are changes), 2 wrong use, 3 not known yet and still running.
#[derive(Debug, Parser)]
#[command(name = "jetway", version, max_term_width = 110)]
pub struct Arguments {
    /// What applies to every command.
    #[command(flatten, next_help_heading = "Options of every command")]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What applies to every command.
#[derive(Debug, clap::Args)]
pub struct Globals {
    /// Print JSON alone on stdout; people's text stays on stderr.
    #[arg(long, global = true, env = "JETWAY_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Answer every question with yes.
    #[arg(long, short, global = true, env = "JETWAY_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// The manifest.
    #[arg(long, global = true, env = "JETWAY_MANIFEST", default_value = "jetway.toml", value_name = "FILE")]
    pub manifest: PathBuf,
    /// The application, where the manifest is not at hand.
    #[arg(long, short, global = true, env = "JETWAY_APPLICATION", value_name = "NAME")]
    pub application: Option<ApplicationName>,
    /// The profile of the AWS configuration; it counts more than credentials in variables.
    #[arg(long, global = true, env = "JETWAY_PROFILE", value_name = "NAME")]
    pub profile: Option<String>,
    /// The AWS region, instead of the one that the files or the AWS settings name.
    #[arg(long, global = true, env = "JETWAY_REGION", value_name = "REGION", value_parser = region)]
    pub region: Option<String>,
    /// The installation file; by default the `installation.toml` beside the manifest, if there is one.
    #[arg(long, global = true, env = "JETWAY_INSTALLATION_FILE", value_name = "FILE")]
    pub installation_file: Option<PathBuf>,
    /// Where `local` keeps its store, key and instances.
    #[arg(long, global = true, env = "JETWAY_HOME", value_name = "FOLDER", value_parser = any_path())]
    pub home: Option<PathBuf>,
    /// Tell what goes on inside; twice tells more.
    #[arg(long, short, global = true, env = "JETWAY_VERBOSE", action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Tell nothing but errors and what was asked for.
    #[arg(long, short, global = true, env = "JETWAY_QUIET", value_parser = FalseyValueParser::new())]
    pub quiet: bool,
}

/// An empty variable is one that is not set; the home decides what that means.
fn any_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn region(text: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_region = text.contains('-') && text.bytes().all(allowed);
    if is_region { Ok(text.to_owned()) } else { Err("a region is a name such as us-west-2".to_owned()) }
}

/// What to do, by what a command needs for it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What stacks hold that outlive releases.
    #[command(flatten)]
    Stacks(StackCommand),
    /// An application in an environment.
    #[command(flatten)]
    Application(ApplicationCommand),
    /// Check everything that Jetway needs around it.
    Doctor(commands::doctor::Arguments),
    /// What asks nobody.
    #[command(flatten)]
    Offline(OfflineCommand),
}

/// What needs accounts, and no store yet.
#[derive(Debug, Subcommand)]
pub enum StackCommand {
    /// Make the base stack and the environments in AWS, or bring them up to date.
    Install(commands::install::Arguments),
    /// Remove the environments and the base stack from AWS.
    Uninstall(commands::uninstall::Arguments),
    /// Make, show, change and remove what the application has in AWS besides its releases.
    #[command(subcommand)]
    App(commands::app::Command),
}

/// What needs the platform of an environment.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// Publish, list, export and prune images.
    Image(commands::image::Arguments),
    /// List, read and change the application's config values.
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Release the application in an environment.
    Deploy(commands::deploy::Arguments),
    /// Release in one environment what is live in another: the same images, its own config and settings.
    Promote(commands::promote::Arguments),
    /// Go back to the previous release, or to the one named.
    Rollback(commands::rollback::Arguments),
    /// List releases, or show one.
    Releases(commands::releases::Arguments),
    /// Show what a deploy would change: exit code 0 nothing, 1 changes, 2 error.
    Diff(commands::diff::Arguments),
    /// Show what runs: exit code 0 healthy, 1 not, 3 unknown.
    Status(commands::status::Arguments),
    /// Wait until the deploy in progress is done.
    Wait(commands::wait::Arguments),
    /// Cancel the deploy in progress; the previous release goes on serving.
    Abort(commands::abort::Arguments),
    /// Show the containers' logs.
    Logs(commands::logs::Arguments),
    /// Run a command in a running container.
    Exec(commands::exec::Arguments),
    /// Open a shell on an instance, through Session Manager.
    Ssh(commands::ssh::Arguments),
    /// Run a one-off container with the live release's image and config.
    Run(commands::run::Arguments),
    /// Change the number of instances.
    Scale(commands::scale::Arguments),
    /// Show or release the deploy lock.
    #[command(subcommand)]
    Lock(commands::lock::Command),
    /// Stop the application and remove what runs it.
    Destroy(commands::destroy::Arguments),
}

/// What needs this machine's files alone.
#[derive(Debug, Subcommand)]
pub enum OfflineCommand {
    /// Write a first jetway.toml.
    #[command(display_order = 0)]
    Init(commands::init::Arguments),
    /// Check jetway.toml and report every problem at once, offline.
    #[command(display_order = 1)]
    Check(commands::check::Arguments),
    /// Print the JSON schema of jetway.toml or installation.toml.
    ConfigSchema(commands::config_schema::Arguments),
    /// Print the CloudFormation template of a stack, offline.
    #[command(subcommand)]
    Template(commands::template::Command),
    /// Print a smallest IAM policy: of CI, of an operator, of the instances.
    Policy(commands::policy::Arguments),
    /// Print shell completions.
    Completions(commands::completions::Arguments),
    /// Print the manual page, or write all of them into a folder.
    Man(commands::man::Arguments),
}
