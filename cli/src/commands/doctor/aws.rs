//! What an environment on AWS needs: credentials, the right account, clocks that agree, an installation, and the agent.

use jetway_common::agent_package::{self, Architecture};
use jetway_common::layout::ApplicationKeys;
use jetway_common::name::EnvironmentName;
use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::aws::account::Account;
use crate::aws::{clock, platform};
use crate::error::hint_of;
use crate::platform::Platform;
use crate::stack_session::StackSession;

/// AWS refuses requests that are signed more than 5 minutes off, in some services 15:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>.
const REFUSED: SignedDuration = SignedDuration::from_mins(5);
/// Deploy locks count on clocks that differ by less than this.
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
                agent(session, environment, &platform).await,
            ]);
        }
    }
    checks
}

fn failure(what: &'static str, error: &anyhow::Error, otherwise: &str) -> Check {
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
        off if off >= TOLERANCE => Check::warn("clock", found, "deploy locks count on clocks: set this machine's"),
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

/// Whether instances get the agent: with their AMI, or as a package in the store.
async fn agent(session: &StackSession, environment: &EnvironmentName, platform: &Platform) -> Check {
    let own = session.installation().environments.get(environment).and_then(|own| own.ami.as_ref());
    if let Some(ami) = own {
        return Check::ok("agent", format!("in the AMI {ami}"));
    }
    let mut stored = Vec::new();
    for architecture in Architecture::ALL {
        match platform.store.size(&agent_package::current(architecture)).await {
            Ok(Some(_)) => stored.push(architecture.as_str()),
            Ok(None) => {}
            Err(error) => return failure("agent", &error.into(), "see whether the bucket is there"),
        }
    }
    if stored.is_empty() {
        let advice =
            "`jetway install --agent-package FILE.rpm` stores one, or name an AMI that has it in installation.toml";
        return Check::fail("agent", "the store has no package of it, and deploys are refused", advice);
    }
    Check::ok("agent", format!("packages for {}", stored.join(" and ")))
}
