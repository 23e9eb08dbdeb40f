//! Who does something, and from which commit.

use std::path::Path;
use std::process::Command;

use jetway_common::release::Origin;
use jiff::Timestamp;

/// `user@host` of whoever runs this command.
pub fn who() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("uid{}", rustix::process::geteuid().as_raw()));
    let host = hostname::get().map_or_else(|_| "unknown".to_owned(), |name| name.to_string_lossy().into_owned());
    format!("{user}@{host}")
}

/// Where a release that is made now comes from; `folder` is what was deployed.
pub fn of(folder: &Path, message: Option<String>) -> Origin {
    Origin { at: Timestamp::now(), by: who(), message, commit: commit(folder) }
}

/// The Git commit of `folder`, marked when it has uncommitted changes. No Git, no commit: it is only a note.
fn commit(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    Some(if is_clean { commit } else { format!("{commit}-dirty") })
}
