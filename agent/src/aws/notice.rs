//! What instance metadata tells of the instance's end: Auto Scaling wants it to leave, or EC2 takes a Spot instance back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::imds::{Metadata, MetadataError};

/// How often to look, as AWS recommends:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>.
pub const EVERY: Duration = Duration::from_secs(5);

/// `Terminated` once Auto Scaling wants the instance to leave:
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html>.
pub(super) const TARGET_STATE: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";
/// `spot`, or how else the instance was bought.
const PURCHASE: &str = "/latest/meta-data/instance-life-cycle";
const SPOT_ACTION: &str = "/latest/meta-data/spot/instance-action";
/// The older form, for termination alone; it may also hold something that is not a time.
const SPOT_TIME: &str = "/latest/meta-data/spot/termination-time";

/// What is planned for an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is known of an end.
    Nothing,
    /// Somebody has taken it out of service for a while, and looks after it.
    Standby,
    /// Auto Scaling takes it out of service, and a lifecycle hook waits for it.
    ScaleIn,
    /// EC2 takes it back within two minutes, and nobody waits.
    Interruption,
}

/// Asks instance metadata for notices, and keeps the last answer.
pub struct Notices {
    metadata: Metadata,
    known: Mutex<Known>,
}

struct Known {
    plan: Plan,
    /// None while it is not known.
    is_spot: Option<bool>,
}

impl Notices {
    /// Notices of the instance whose metadata this is.
    pub fn new(metadata: Metadata) -> Self {
        Self { metadata, known: Mutex::new(Known { plan: Plan::Nothing, is_spot: None }) }
    }

    /// What is planned now. Metadata that answers nothing decides nothing: it is an error, and the last answer stands.
    pub async fn look(&self) -> Result<Plan, MetadataError> {
        let plan = match self.metadata.get(TARGET_STATE).await?.as_deref() {
            Some("Terminated") => Plan::ScaleIn,
            _ if self.is_spot().await? && self.is_interrupted().await? => Plan::Interruption,
            Some("Standby") => Plan::Standby,
            _ => Plan::Nothing,
        };
        self.known().plan = plan;
        Ok(plan)
    }

    /// What was planned when it was asked last.
    pub fn last(&self) -> Plan {
        self.known().plan
    }

    /// Whether it may be a Spot instance: others need not ask what they are never told.
    async fn is_spot(&self) -> Result<bool, MetadataError> {
        if let Some(known) = self.known().is_spot {
            return Ok(known);
        }
        let is_spot = self.metadata.get(PURCHASE).await?.is_none_or(|bought| bought == "spot");
        self.known().is_spot = Some(is_spot);
        Ok(is_spot)
    }

    async fn is_interrupted(&self) -> Result<bool, MetadataError> {
        if self.metadata.get(SPOT_ACTION).await?.is_some_and(|action| is_end(&action)) {
            return Ok(true);
        }
        Ok(self.metadata.get(SPOT_TIME).await?.is_some_and(|time| time.parse::<Timestamp>().is_ok()))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hibernation begins at once, and what hibernates goes on later: there is nothing to end.
fn is_end(action: &str) -> bool {
    let action: Option<Value> = serde_json::from_str(action).ok();
    matches!(action.as_ref().and_then(|action| action["action"].as_str()), Some("terminate" | "stop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_instance_ends_by_termination_or_stop_alone() {
        let action = |action: &str| format!(r#"{{"action": "{action}", "time": "2026-09-18T08:22:00Z"}}"#);
        for (text, ends) in [
            (action("terminate"), true),
            (action("stop"), true),
            (action("hibernate"), false),
            (r#"{"time": "2026-09-18T08:22:00Z"}"#.to_owned(), false),
            ("<html>".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_end(&text), ends, "{text}");
        }
    }
}
