//! `jetway config-schema`: the JSON schemas of what people write, for editors.

use jetway_common::{installation, manifest};

use crate::error::Exit;
use crate::offline::Offline;

/// The arguments of `jetway config-schema`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The schema of installation.toml instead.
    #[arg(long)]
    installation: bool,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    let schema = if arguments.installation { installation::json_schema() } else { manifest::json_schema() };
    offline.printer.data(&serde_json::to_string_pretty(&schema)?)?;
    Ok(Exit::Done)
}
