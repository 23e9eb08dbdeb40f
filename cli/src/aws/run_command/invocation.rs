//! What the statuses of a command on an instance mean:
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html>.

use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationOutput;
use aws_sdk_ssm::types::{CommandInvocation, CommandInvocationStatus};
use jetway_common::seconds::Seconds;

use crate::reply::{Ended, Reply, Silence};

/// Whether the command goes on no more there. A status that nobody knows yet may be one that goes on.
pub(super) fn is_over(found: &CommandInvocation) -> bool {
    use CommandInvocationStatus as S;
    matches!(found.status(), Some(S::Success | S::Failed | S::TimedOut | S::Cancelled))
}

/// Why a command that is over has not run to its end; none if it has.
pub(super) fn silence(found: &CommandInvocation, limit: Seconds) -> Option<Silence> {
    use CommandInvocationStatus as S;
    let details: String = found.status_details().unwrap_or_default().split_whitespace().collect();
    let refused = || Some(Silence::Refused { because: format!("SSM says `{details}`") });
    match (found.status(), details.as_str()) {
        (Some(S::Success), _) | (Some(S::Failed), "Failed" | "") => None,
        (_, "DeliveryTimedOut" | "Undeliverable") => Some(Silence::Undelivered),
        (Some(S::TimedOut), _) => Some(Silence::TimedOut { limit }),
        _ => refused(),
    }
}

/// What a command printed that has run to its end.
pub(super) fn reply(answer: GetCommandInvocationOutput) -> Reply {
    Reply::Ended(Ended {
        exit_code: answer.response_code.into(),
        stdout: answer.standard_output_content.unwrap_or_default(),
        stderr: answer.standard_error_content.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use CommandInvocationStatus as S;

    use super::*;

    fn found(status: S, details: &str) -> CommandInvocation {
        CommandInvocation::builder().status(status).status_details(details).build()
    }

    #[test]
    fn each_status_is_told_as_what_it_means() {
        let limit = Seconds(20);
        let refused = |details: &str| Some(Silence::Refused { because: format!("SSM says `{details}`") });
        let cases = [
            (S::Success, "Success", None),
            (S::Failed, "Failed", None),
            (S::Failed, "Undeliverable", Some(Silence::Undelivered)),
            (S::Failed, "AccessDenied", refused("AccessDenied")),
            (S::Failed, "InvalidPlatform", refused("InvalidPlatform")),
            (S::TimedOut, "DeliveryTimedOut", Some(Silence::Undelivered)),
            (S::TimedOut, "Delivery Timed Out", Some(Silence::Undelivered)),
            (S::TimedOut, "Execution Timed Out", Some(Silence::TimedOut { limit })),
            (S::Cancelled, "Terminated", refused("Terminated")),
        ];
        for (status, details, expected) in cases {
            let found = found(status, details);
            assert!(is_over(&found), "{details}");
            assert_eq!(silence(&found, limit), expected, "{details}");
        }
        for status in [S::Pending, S::InProgress, S::Delayed, S::Cancelling, S::from("Levitating")] {
            assert!(!is_over(&found(status, "")));
        }
    }
}
