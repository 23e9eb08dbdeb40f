//! What an environment on AWS needs: credentials, the right account, clocks that agree, an installation, and the agent.

use jetway_common::layout::ApplicationKeys;
use jetway_common::name::EnvironmentName;
use jiff::{SignedDuration, Timestamp};

use super::{Check, agent};
use crate::aws::account::Account;
use crate::aws::{clock, platform};
use crate::error::hint_of;
use crate::platform::Platform;
use crate::stack_session::StackSession;

/// AWS refuses requests that are signed more than 5 minutes off, in some services 15:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>.
const REFUSED: SignedDuration = SignedDuration::from_mins(5);
/// A boot report that is older than this by our clock tells nothing of now.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(30);

/// In the order in which one needs the other: the first failure is the one to mend.
pub(super) async fn checks(session: &StackSession, environment: &EnvironmentName) -> Vec<Check> {
    if let Err(error) = session.place(environment) {
        return vec![failure("environment", &error, "see what installation.toml says")];
    }
    let account = match session.account(environment).await {
        Ok(account) => account,
        Err(error) => return vec![failure("credentials", &error, "see what the AWS settings of this machine say")],
    };
    let mut checks = vec![
        Check::ok("credentials", account.caller()),
        Check::ok("account", account.id()),
        Check::ok("region", account.region()),
        clock_check(&account).await,
    ];
    match platform(&account, session.installation(), environment, session.printer).await {
        Err(error) => checks.push(failure("installation", &error, "`jetway install` installs it")),
        Ok(platform) => {
            let found = format!("{}, with the environment `{environment}`", session.installation().name);
            checks.extend([
                Check::ok("installation", found),
                store(session, environment, &platform).await,
                match session.installation().environments.get(environment).and_then(|own| own.ami.as_ref()) {
                    Some(ami) => agent::in_ami(&account, ami).await,
                    None => agent::in_store(&*platform.store).await,
                },
            ]);
        }
    }
    checks
}

pub(super) fn failure(what: &'static str, error: &anyhow::Error, otherwise: &str) -> Check {
    Check::fail(what, error.to_string(), hint_of(error).unwrap_or(otherwise))
}

async fn clock_check(account: &Account) -> Check {
    let theirs = match clock::time(account).await {
        Ok(theirs) => theirs,
        Err(reason) => return Check::warn("clock", reason, "compare this machine's clock yourself"),
    };
    let off = Timestamp::now().duration_since(theirs);
    let found = format!("{} s from that of AWS", off.as_secs());
    match off.abs() {
        off if off >= REFUSED => Check::fail("clock", found, "AWS refuses such requests: set this machine's clock"),
        off if off >= TOLERANCE => {
            Check::warn("clock", found, "how old a boot report is, shows only where clocks agree: set this machine's")
        }
        _ => Check::ok("clock", found),
    }
}

/// Whether the store answers: what a policy allows to read is the application's own.
async fn store(session: &StackSession, environment: &EnvironmentName, platform: &Platform) -> Check {
    let place = platform.store.place();
    let Ok(application) = session.application() else {
        return Check::warn("store", place, "name an application with --application, and its part is looked into");
    };
    match platform.store.size(&ApplicationKeys::new(environment, &application).current()).await {
        Ok(_) => Check::ok("store", place),
        Err(error) => failure("store", &error.into(), "see whether the bucket is there"),
    }
}
