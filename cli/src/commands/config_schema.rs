//! `jetway config-schema`: the JSON schemas of what people write, for editors.

use jetway_common::{installation, manifest};

use crate::error::Exit;
use crate::offline::Offline;

/// The arguments of `jetway config-schema`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Of which file.
    #[arg(value_enum, default_value = "manifest", value_name = "FILE")]
    of: Written,
}

/// What people write.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Written {
    /// The application's own jetway.toml.
    Manifest,
    /// The installation.toml that many applications share.
    Installation,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    let schema = match arguments.of {
        Written::Manifest => manifest::json_schema(),
        Written::Installation => installation::json_schema(),
    };
    offline.printer.data(&serde_json::to_string_pretty(&schema)?)?;
    Ok(Exit::Done)
}
