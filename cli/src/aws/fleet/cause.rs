//! What the reasons tell that AWS gives for a launch that failed.

use jetway_common::name::InstanceId;

use crate::aws::stack::events::StackEvent;

/// The instance that a signal was from.
pub(super) fn signaller(event: &StackEvent) -> Option<InstanceId> {
    event
        .reason
        .as_ref()?
        .split_once("UniqueId ")?
        .1
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .next()?
        .parse()
        .ok()
}

/// What to do about a launch that failed for this reason.
pub(super) fn hint(reason: &str) -> &'static str {
    let is_short = ["capacity", "limit", "quota"].iter().any(|word| reason.to_lowercase().contains(word));
    if is_short {
        "set another `type` under [instances], or try again later; a quota is raised in the Service Quotas console"
    } else {
        "`--keep-failed` keeps the instances, to be looked into"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_capacity_has_a_hint_of_its_own() {
        assert!(hint("You have requested more vCPU capacity than your current vCPU limit of 32").contains("type"));
        assert!(hint("Failed to receive 1 resource signal(s)").contains("--keep-failed"));
    }
}
