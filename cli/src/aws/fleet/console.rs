//! What an instance said on its serial console, for who cannot look at it any more.

use aws_sdk_ec2::Client;
use jetway_common::name::InstanceId;

use crate::aws::account::Account;

/// How many of the last lines are shown.
const LINES: usize = 15;

/// The last lines of the console; none if they cannot be had, which is no reason to hide the failure itself.
pub(super) async fn last_lines(account: &Account, instance: &InstanceId) -> Vec<String> {
    let request = Client::new(account.sdk()).get_console_output().instance_id(instance.as_str());
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!("{}", account.explain(&format!("read the serial console of {instance}"), &error));
            return Vec::new();
        }
    };
    let text = answer.output.and_then(|output| aws_smithy_types::base64::decode(output).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(ToString::to_string).collect()
}
