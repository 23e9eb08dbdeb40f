//! What the statuses of a command on an instance mean:
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html>.

use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationOutput;
use aws_sdk_ssm::types::{CommandInvocation, CommandInvocationStatus};
use jetway_common::seconds::Seconds;

use crate::reply::{Ended, Reply, Silence};

/// The most characters of an output that SSM keeps:
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html>.
const LONGEST: usize = 24_000;

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
        (Some(S::Cancelled), "Cancelled" | "") => Some(Silence::Cancelled),
        (Some(S::TimedOut), _) => Some(Silence::TimedOut { limit }),
        _ => refused(),
    }
}

/// What a command printed that has run to its end.
pub(super) fn reply(answer: GetCommandInvocationOutput) -> Reply {
    let exit_code = i64::from(answer.response_code);
    let stdout = answer.standard_output_content.unwrap_or_default();
    let stderr = answer.standard_error_content.unwrap_or_default();
    let is_cut = [&stdout, &stderr].into_iter().any(|text| text.chars().count() >= LONGEST);
    // The SSM agent adds a line of its own behind what the command said.
    let verdict = format!("failed to run commands: exit status {exit_code}");
    let own = stderr.trim_end().strip_suffix(&verdict).map(str::to_owned);
    Reply::Ended(Ended { exit_code, stdout, stderr: own.unwrap_or(stderr), is_cut })
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
            (S::Cancelled, "Cancelled", Some(Silence::Cancelled)),
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

    #[test]
    fn what_the_ssm_agent_adds_is_not_what_the_command_said() {
        let answer = GetCommandInvocationOutput::builder().response_code(3).standard_output_content("out\n");
        let told = |stderr: &str| match reply(answer.clone().standard_error_content(stderr).build()) {
            Reply::Ended(ended) => (ended.stderr, ended.is_cut),
            Reply::Silent(silence) => panic!("{silence:?}"),
        };
        assert_eq!(told("no file\nfailed to run commands: exit status 3"), ("no file\n".to_owned(), false));
        assert_eq!(told("no file\n"), ("no file\n".to_owned(), false));
        assert!(told(&"x".repeat(24_000)).1);
    }
}
