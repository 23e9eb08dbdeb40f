//! AWS's program that connects a terminal with a session:
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html>.

use std::os::unix::process::ExitStatusExt as _;

use tokio::process::Command;

use crate::aws::account::Account;
use crate::error::{Exit, UserError};
use crate::signals::Signals;

const NAME: &str = "session-manager-plugin";
/// The variable in which it is given the session, and the argument that says so.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";
/// The last version that takes the session's token as an argument alone, where every process of this machine sees it:
/// `LAST_PLUGIN_VERSION_WITHOUT_ENV_VAR` of <https://github.com/aws/aws-cli>.
const TOO_OLD: [u32; 4] = [1, 2, 497, 0];

/// The plugin, in a version that keeps secrets.
pub(super) struct Plugin(());

/// A session that was opened.
pub(super) struct Session {
    /// What AWS answered; whoever has it has the session.
    pub(super) response: String,
    /// What AWS was asked.
    pub(super) asked: String,
}

impl Plugin {
    /// Finds it on the `PATH`, or says how to get it.
    pub(super) async fn find() -> Result<Self, UserError> {
        let hint = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html \
                    says how to install it";
        let missing = |why: String| UserError::usage(why).hint(hint);
        let output = Command::new(NAME).arg("--version").output().await;
        let output = output.map_err(|error| missing(format!("AWS's `{NAME}` is needed for that: {error}")))?;
        let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match version(&told) {
            Some(version) if version > TOO_OLD => Ok(Self(())),
            Some(_) => Err(missing(format!(
                "`{NAME}` {told} is too old: it takes the session's token as an argument, which others can see"
            ))),
            None => Err(missing(format!("`{NAME} --version` does not tell a version"))),
        }
    }

    /// Connects this terminal, and waits until the session is over. What people type, signals too, is for the plugin.
    pub(super) async fn connect(&self, account: &Account, session: &Session) -> anyhow::Result<Exit> {
        let region = account.region();
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = account.sdk().endpoint_url().map(str::to_owned);
        let endpoint = endpoint.unwrap_or_else(|| format!("https://ssm.{region}.{suffix}"));
        let mut signals = Signals::listen()?;
        let mut child = Command::new(NAME)
            .args([VARIABLE, region, "StartSession", account.profile().unwrap_or_default(), &session.asked, &endpoint])
            .env(VARIABLE, &session.response)
            .spawn()?;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                _ = signals.next() => {}
            }
        };
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Ok(Exit::Program(u8::try_from(code).unwrap_or(u8::MAX)))
    }
}

/// Up to four numbers with dots between.
fn version(text: &str) -> Option<[u32; 4]> {
    let mut version = [0; 4];
    let mut parts = text.split('.');
    for (slot, part) in version.iter_mut().zip(parts.by_ref()) {
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        assert_eq!(version("1.2.707.0"), Some([1, 2, 707, 0]));
        assert_eq!(version("2"), Some([2, 0, 0, 0]));
        assert!(version("1.2.1000.0") > Some(TOO_OLD) && version("1.2.497.0") <= Some(TOO_OLD));
        for wrong in ["", "1.2.x", "1.2.3.4.5", "unknown"] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
    }
}
