//! `jetway config-schema`: the JSON schema of the manifest, for editors.

use jetway_common::manifest;

use crate::error::Exit;
use crate::offline::Offline;

/// The arguments of `jetway config-schema`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(offline: &Offline, _arguments: &Arguments) -> anyhow::Result<Exit> {
    offline.printer.data(&serde_json::to_string_pretty(&manifest::json_schema())?)?;
    Ok(Exit::Done)
}
