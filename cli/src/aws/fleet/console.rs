//! What an instance said on its serial console, for who cannot look at it any more.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ProvideErrorMetadata;
use jetway_common::console::ConsoleLine;
use jetway_common::name::InstanceId;
use jetway_common::report::{Failure, Phase};

use crate::aws::account::Account;

/// How many of the last lines are shown.
const LINES: usize = 15;

/// The end of a console.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Console {
    /// Why the release failed there, if the agent came so far as to say it.
    pub(super) failure: Option<Failure>,
    /// Whether that is its last word: the agent has given up.
    pub(super) is_over: bool,
    /// The last lines, those of the agent in a person's words.
    pub(super) lines: Vec<String>,
}

/// The console of an instance; empty if it cannot be had, which is no reason to hide the failure itself.
pub(super) async fn read(account: &Account, instance: &InstanceId) -> Console {
    let client = Client::new(account.sdk());
    let request = || client.get_console_output().instance_id(instance.as_str());
    let answer = match request().latest(true).send().await {
        // Others keep what was said until some time after they began or ended:
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
        Err(error) if is_unsupported(&error) => request().send().await,
        answer => answer,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!("{}", account.explain(&format!("read the serial console of {instance}"), &error));
            return Console::default();
        }
    };
    let text = answer.output.and_then(|output| aws_smithy_types::base64::decode(output).ok()).unwrap_or_default();
    parse(&String::from_utf8_lossy(&text))
}

fn parse(text: &str) -> Console {
    let (mut failure, mut is_over, mut lines) = (None, false, Vec::new());
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let Some(said) = ConsoleLine::find(line) else {
            lines.push(line.to_owned());
            continue;
        };
        let reason = said.failure.as_ref().map(|failure| format!(": {}", failure.reason)).unwrap_or_default();
        lines.push(format!("jetway: {} {}{reason}", said.at.strftime("%H:%M:%S UTC"), said.phase));
        is_over = said.phase == Phase::Failed;
        failure = said.failure.or(failure);
    }
    lines.drain(..lines.len().saturating_sub(LINES));
    Console { failure, is_over, lines }
}

/// Whether the instance is of a kind that keeps no console but an old one.
fn is_unsupported(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("UnsupportedOperation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_lines_are_told_in_words_and_its_last_failure_is_the_reason() {
        let agent = |json: &str| format!("[   12.345678] jetway-agent[812]: jetway: {json}\r\n");
        let text = [
            "[    1.0] systemd[1]: Started Jetway agent: runs this instance's release.\r\n\r\n".to_owned(),
            agent(r#"{"at":"2026-11-21T08:07:44Z","application":"shop","release":"v3","phase":"probe"}"#),
            agent(
                r#"{"at":"2026-11-21T08:07:48Z","phase":"failed","failure":{"phase":"probe","reason":"exited","exit_code":3}}"#,
            ),
            "jetway: the first boot failed: Docker does not start\r\n".to_owned(),
        ];
        let console = parse(&text.concat());
        assert_eq!(
            console.lines,
            [
                "[    1.0] systemd[1]: Started Jetway agent: runs this instance's release.",
                "jetway: 08:07:44 UTC probe",
                "jetway: 08:07:48 UTC failed: exited",
                "jetway: the first boot failed: Docker does not start",
            ]
        );
        assert!(console.is_over);
        assert_eq!(console.failure.and_then(|failure| failure.exit_code), Some(3));
        let again = agent(r#"{"at":"2026-11-21T08:09:00Z","phase":"identify"}"#);
        assert!(!parse(&format!("{}{again}", text.concat())).is_over);
        assert_eq!(parse(&"x\n".repeat(100)).lines.len(), LINES);
        assert_eq!(parse(""), Console::default());
    }
}
