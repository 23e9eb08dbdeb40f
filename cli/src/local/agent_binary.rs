//! Where the agent's program is, how it is started, and how it is asked.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use jetway_common::seconds::Seconds;

use crate::error::UserError;
use crate::reply::{Ended, Reply, Silence};

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

/// Asks it how the application is whose run folder is `run_dir`; the answer is that of `jetway-agent status --json`.
pub async fn status(run_dir: &Path, limit: Duration) -> anyhow::Result<Reply> {
    let binary = find()?;
    let command = tokio::process::Command::new(&binary)
        .args(["status".as_ref(), "--json".as_ref(), "--run-dir".as_ref(), run_dir])
        .env_clear()
        .envs(passed_on())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let Ok(output) = tokio::time::timeout(limit, command).await else {
        let limit = Seconds(u32::try_from(limit.as_secs()).unwrap_or(u32::MAX));
        return Ok(Reply::Silent(Silence::TimedOut { limit }));
    };
    let output = output.with_context(|| format!("could not start `{}`", binary.display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // A signal ended it: the shell's way to say so.
    let exit_code =
        output.status.code().map_or_else(|| 128 + i64::from(output.status.signal().unwrap_or(0)), i64::from);
    Ok(Reply::Ended(Ended { exit_code, stdout: text(&output.stdout), stderr: text(&output.stderr), is_cut: false }))
}

fn passed_on() -> impl Iterator<Item = (&'static str, OsString)> {
    PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

/// Starts it on its own, as an init system would; what it has to say goes to `agent.log` in `run_dir`.
pub fn start(boot_file: &Path, run_dir: &Path) -> anyhow::Result<Child> {
    let binary = find()?;
    let log_path = run_dir.join("agent.log");
    let log = File::options().create(true).append(true).mode(0o600).open(&log_path);
    let log = log.with_context(|| format!("could not write `{}`", log_path.display()))?;
    Command::new(&binary)
        .args(["run".as_ref(), "--boot-file".as_ref(), boot_file, "--run-dir".as_ref(), run_dir])
        .env_clear()
        .envs(passed_on())
        .current_dir("/")
        // Its own process group: an interrupt on this terminal is for the command, not for the agent.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("could not start `{}`", binary.display()))
}
