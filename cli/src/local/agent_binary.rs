//! Where the agent's program is.

use std::path::PathBuf;

use crate::error::UserError;

const NAME: &str = "jetway-agent";

/// The program that `JETWAY_AGENT` names, else the one beside this program, else the one on the PATH.
pub fn find() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("JETWAY_AGENT").map(PathBuf::from) {
        let missing = || UserError::usage(format!("JETWAY_AGENT names `{}`, and there is no file", named.display()));
        return if named.is_file() { Ok(named) } else { Err(missing().into()) };
    }
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(NAME));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(NAME));
    beside.into_iter().chain(on_path).find(|candidate| candidate.is_file()).ok_or_else(|| {
        UserError::failed(format!("`{NAME}` is neither beside this program nor on the PATH"))
            .hint("install it, or set JETWAY_AGENT to its path")
            .into()
    })
}
