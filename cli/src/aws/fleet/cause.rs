//! What the reasons tell that AWS gives for a launch that failed, and for a look at one.

use jetway_common::release::ReleaseRecord;

use crate::error::UserError;

/// What was asked in vain goes on: the hint says how to look again.
pub(super) fn goes_on(error: UserError, record: &ReleaseRecord) -> UserError {
    let wait = format!("`jetway wait {}` goes on with it", record.environment);
    let hint = error.hint.map_or_else(|| wait.clone(), |hint| format!("{hint}; {wait}"));
    UserError { message: error.message, hint: Some(hint), exit: error.exit }
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
