//! Who does something, and from which commit.

use std::path::Path;
use std::process::Command;

use jetway_common::release::Origin;
use jiff::Timestamp;

use crate::session::Session;

/// Who runs this command: the ARN of the caller where AWS knows one, else `user@host`.
pub fn who(session: &Session) -> String {
    session.platform.caller.clone().unwrap_or_else(user_and_host)
}

/// Somebody for people: of the ARN that `by` may begin with, what follows the account and the kind of identity. A role
/// comes with the session: `deploy/ci`.
pub fn short(by: &str) -> String {
    let (who, more) = by.split_once(' ').map_or((by, String::new()), |(who, more)| (who, format!(" {more}")));
    let resource = who.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').last());
    let name = resource.map(|resource| match resource.split_once('/') {
        Some(("user", path)) => path.rsplit('/').next().unwrap_or(path),
        Some((_, name)) => name,
        None => resource,
    });
    format!("{}{more}", name.unwrap_or(who))
}

/// `user@host` of whoever runs this command.
fn user_and_host() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("uid{}", rustix::process::geteuid().as_raw()));
    format!("{user}@{}", host())
}

/// Who runs this command, in which process on which machine.
pub fn process(session: &Session) -> String {
    let on = if session.platform.caller.is_some() { format!(" on {}", host()) } else { String::new() };
    format!("{} (process {}{on})", who(session), std::process::id())
}

/// The name of this machine.
fn host() -> String {
    hostname::get().map_or_else(|_| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Where a release that is made now comes from; `folder` is what was deployed.
pub fn of(session: &Session, folder: &Path, message: Option<String>) -> Origin {
    Origin { at: Timestamp::now(), by: who(session), message, commit: commit(folder) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_shortened_to_what_tells_people_apart() {
        for (by, told) in [
            ("ann@laptop", "ann@laptop"),
            ("ann@laptop (process 7)", "ann@laptop (process 7)"),
            ("arn:aws:sts::123456789012:assumed-role/deploy-role/session", "deploy-role/session"),
            ("arn:aws-cn:sts::123456789012:assumed-role/a/b (process 7 on ci)", "a/b (process 7 on ci)"),
            ("arn:aws:iam::123456789012:user/staff/ann", "ann"),
            ("arn:aws:sts::123456789012:federated-user/bob", "bob"),
            ("arn:aws:iam::123456789012:root", "root"),
        ] {
            assert_eq!(short(by), told, "{by}");
        }
    }
}
