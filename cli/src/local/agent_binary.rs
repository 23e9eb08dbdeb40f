//! Where the agent's program is, and how it is started.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::error::UserError;

const NAME: &str = "jetway-agent";
/// What the agent is given of this command's environment: where Docker is, and nothing that could be a secret.
const PASSED_ON: [&str; 11] = [
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "RUST_LOG",
    "RUST_BACKTRACE",
    "TMPDIR",
    "JETWAY_FAILPOINT",
    "JETWAY_FAILPOINT_ONCE",
];

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

/// Starts it on its own, as an init system would; what it has to say goes to `agent.log` in `run_dir`.
pub fn start(boot_file: &Path, run_dir: &Path) -> anyhow::Result<Child> {
    let binary = find()?;
    let log_path = run_dir.join("agent.log");
    let log = File::options().create(true).append(true).mode(0o600).open(&log_path);
    let log = log.with_context(|| format!("could not write `{}`", log_path.display()))?;
    let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    Command::new(&binary)
        .args(["run".as_ref(), "--boot-file".as_ref(), boot_file, "--run-dir".as_ref(), run_dir])
        .env_clear()
        .envs(passed_on)
        .current_dir("/")
        // Its own process group: an interrupt on this terminal is for the command, not for the agent.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("could not start `{}`", binary.display()))
}
