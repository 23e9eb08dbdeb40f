//! Whether instances get the agent: with their AMI, or as a package in the store.

use jetway_common::agent_package::{self, Architecture};
use jetway_common::ami::Ami;

use super::Check;
use super::aws::failure;
use crate::aws::account::Account;
use crate::aws::ami;
use crate::error::UserError;
use crate::platform::Store;

const AGENT: &str = "agent";

/// In the AMI that the installation names, with what a deploy would make of that just now.
pub(super) async fn in_ami(account: &Account, ami: &Ami) -> Check {
    match amis(account, ami).await {
        Ok(Ok(found)) => Check::ok(AGENT, format!("in the AMI {}", found.join(" and "))),
        Ok(Err(wrong)) => {
            let advice = "bake an AMI, which writes its parameter, or set another `ami` in installation.toml";
            Check::fail(AGENT, format!("{wrong}, and deploys are refused"), advice)
        }
        // Who may not look at AMIs may still do all else.
        Err(error) => {
            Check::warn(AGENT, format!("in the AMI {ami}; {}", error.message), error.hint.unwrap_or_default())
        }
    }
}

/// The AMIs that are there, or what is wrong with one.
async fn amis(account: &Account, ami: &Ami) -> Result<Result<Vec<String>, String>, UserError> {
    let (region, mut found, mut absent) = (account.region(), Vec::new(), Vec::new());
    for architecture in Architecture::ALL {
        let id = match ami::baked(account, ami, architecture).await? {
            Ok(id) => id,
            Err(parameter) => {
                absent.push(parameter);
                continue;
            }
        };
        let Some(is_for) = ami::architecture(account, &id).await? else {
            return Ok(Err(format!("there is no AMI {id} in {region}")));
        };
        match ami {
            Ami::Id(_) => return Ok(Ok(vec![format!("{id} for {is_for}")])),
            Ami::Parameter(_) if is_for == architecture.as_str() => found.push(format!("{id} for {is_for}")),
            Ami::Parameter(name) => {
                let parameter = Ami::parameter_for(name, architecture);
                return Ok(Err(format!("the AMI {id}, which {parameter} names, is for {is_for}")));
            }
        }
    }
    let none = || format!("there is no parameter {} with the id of an AMI in {region}", absent.join(" or "));
    Ok(if found.is_empty() { Err(none()) } else { Ok(found) })
}

/// As a package.
pub(super) async fn in_store(store: &dyn Store) -> Check {
    let mut stored = Vec::new();
    for architecture in Architecture::ALL {
        match store.size(&agent_package::current(architecture)).await {
            Ok(Some(_)) => stored.push(architecture.as_str()),
            Ok(None) => {}
            Err(error) => return failure(AGENT, &error.into(), "see whether the bucket is there"),
        }
    }
    if stored.is_empty() {
        let advice =
            "`jetway install --agent-package FILE.rpm` stores one, or name an AMI that has it in installation.toml";
        return Check::fail(AGENT, "the store has no package of it, and deploys are refused", advice);
    }
    Check::ok(AGENT, format!("packages for {}", stored.join(" and ")))
}
