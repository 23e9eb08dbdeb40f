//! The instance itself: who it is by its identity document, and whether that is where its boot file wants it.

#[cfg(test)]
mod tests;

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use jetway_common::boot_file::Ec2Place;
use jetway_common::container::Facts;
use jetway_common::metadata::SLICE;
use serde_json::Value;

use super::Ec2;
use super::family::STACK;
use super::notice::{self, Notices, Plan};
use crate::error::Wait;
use crate::platform::{Descent, Host, HostError, Notice, Supervision};

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html>
pub(super) const IDENTITY: &str = "/latest/dynamic/instance-identity/document";
const WHO: &str = "which instance it is";

/// This instance.
pub struct Ec2Host {
    ec2: Ec2,
    facts: OnceLock<Facts>,
    notices: Notices,
}

impl Ec2Host {
    /// The instance that `ec2` speaks for.
    pub fn new(ec2: Ec2) -> Self {
        let notices = Notices::new(ec2.metadata().clone());
        Self { ec2, facts: OnceLock::new(), notices }
    }

    /// What is planned for the instance, as far as it was told when it was asked last.
    pub(super) fn plan(&self) -> Plan {
        self.notices.last()
    }
}

#[async_trait]
impl Host for Ec2Host {
    async fn facts(&self) -> Result<Facts, HostError> {
        if let Some(facts) = self.facts.get() {
            return Ok(facts.clone());
        }
        let metadata = self.ec2.metadata();
        let document = metadata.get(IDENTITY).await.map_err(|error| error.about(WHO))?;
        let facts = facts(self.ec2.place(), document.as_deref())?;
        let stack = metadata.get(STACK).await.map_err(|error| error.about(WHO))?;
        // An instance that somebody launched by hand, with the user data of a release, has no such tag.
        if let Some(stack) = stack {
            check("stack", &stack, self.ec2.place().stack.as_str())?;
        }
        Ok(self.facts.get_or_init(|| facts).clone())
    }

    async fn notice(&self) -> Result<Notice, HostError> {
        // Before the instance knows who it is, it asks that alone: metadata that is away is not asked twice as often.
        if self.facts.get().is_none() {
            return Ok(Notice::Stay);
        }
        Ok(match self.notices.look().await.map_err(|error| error.about("whether it is to leave"))? {
            Plan::Nothing | Plan::Standby => Notice::Stay,
            Plan::ScaleIn | Plan::Interruption => Notice::Terminate,
        })
    }

    fn look_every(&self) -> Duration {
        notice::EVERY
    }

    async fn descent(&self) -> Option<Descent> {
        crate::systemd::descent().await
    }

    async fn guard_metadata(&self) -> Result<Option<&'static str>, HostError> {
        let error = |reason| HostError {
            what: "that containers are kept from instance metadata",
            reason,
            hint: None,
            wait: Wait::Later,
        };
        crate::systemd::check_guard().await.map_err(error)?;
        Ok(Some(SLICE))
    }

    async fn wake_engine(&self) -> Option<String> {
        crate::systemd::wake_docker().await
    }

    fn notify(&self, state: Supervision<'_>) {
        crate::systemd::notify(state);
    }
}

fn never(reason: String) -> HostError {
    HostError { what: WHO, reason, hint: None, wait: Wait::Never }
}

/// An instance runs nothing that was meant for another.
fn check(what: &str, found: &str, wanted: &str) -> Result<(), HostError> {
    if found == wanted {
        return Ok(());
    }
    let reason = format!("the boot file is for another {what}: it says {wanted}, and this instance is in {found}");
    let hint = "the boot file was copied from elsewhere: deploy, and let the launch template write it";
    Err(HostError { hint: Some(hint.to_owned()), ..never(reason) })
}

fn facts(place: &Ec2Place, document: Option<&str>) -> Result<Facts, HostError> {
    let document = document.ok_or_else(|| never("instance metadata has no identity document (HTTP 404)".to_owned()))?;
    let document: Value = serde_json::from_str(document)
        .map_err(|_| never("the identity document in instance metadata is not JSON".to_owned()))?;
    let field = |name: &str| {
        let text = document[name].as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| never(format!("the identity document in instance metadata has no `{name}`")))
    };
    check("account", field("accountId")?, place.account.as_str())?;
    check("region", field("region")?, place.region.as_str())?;
    let instance = field("instanceId")?.parse().map_err(|error| never(format!("{error}")))?;
    let (region, bucket) = (Some(place.region.to_string()), Some(place.bucket.to_string()));
    Ok(Facts { instance, region, bucket })
}

/// How long after the machine this process began.
pub(super) fn since_the_boot() -> Option<Duration> {
    let began = procfs::process::Process::myself().and_then(|own| own.stat()).ok()?.starttime;
    Some(Duration::from_secs(began / procfs::ticks_per_second()))
}
