//! `jetway completions`: what a shell completes.

use clap::CommandFactory as _;
use serde_json::json;

use crate::args;
use crate::error::Exit;
use crate::offline::Offline;

/// The arguments of `jetway completions`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell that the completions are for.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// The shells that are known.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Shell {
    /// To be sourced, or written to a folder of bash-completion.
    Bash,
    /// To be written to `_jetway` in a folder of `$fpath`.
    Zsh,
    /// To be written to a folder of `$fish_complete_path`.
    Fish,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    let shell = match arguments.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::Arguments::command(), "jetway", &mut script);
    let script = String::from_utf8(script)?;
    offline.printer.answer(&json!({ "shell": shell.to_string(), "script": script }), || script.clone())?;
    Ok(Exit::Done)
}
