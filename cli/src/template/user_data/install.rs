//! What a stock Amazon Linux 2023 gets at its first boot: Docker, the CloudWatch agent and our own agent.
//!
//! Nothing is upgraded: an AMI is locked to its own release of Amazon Linux, and `dnf` installs what that release has. So each
//! instance of a release of ours gets the same packages, whenever it is launched, and what is newer comes with the AMI of the next:
//! <https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html>.

use jetway_common::boot_file::Ec2Place;
use serde_json::json;

use super::{AGENT_UNIT, AgentPackage, File, UserDataError, pretty};

/// <https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file>: containerd's store is the fastest way for an image
/// into Docker, and the only one that keeps its digest; restarts of Docker stop no container; logs are limited, or they fill the
/// disk, and their tag tells which container wrote a line.
const DOCKER_SETTINGS: &str = include_str!("../../../../packaging/docker/daemon.json");

const LOG_AGENT: &str = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl";
const LOG_SETTINGS: &str = "/etc/jetway/cloudwatch-agent.json";

/// The files that must be there before the packages are.
pub(super) fn files(place: &Ec2Place) -> Result<[File; 2], UserDataError> {
    Ok([
        File {
            what: "Docker's settings",
            path: "/etc/docker/daemon.json",
            mode: "0644",
            content: DOCKER_SETTINGS.to_owned(),
        },
        logs(place)?,
    ])
}

/// What tells the CloudWatch agent of the containers' logs.
pub(super) fn logs(place: &Ec2Place) -> Result<File, UserDataError> {
    let content = pretty(&log_settings(place))?;
    Ok(File { what: "the CloudWatch agent's settings", path: LOG_SETTINGS, mode: "0644", content })
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html>, and
/// for what that page leaves out `plugins/inputs/logfile/logfile.go` of <https://github.com/aws/amazon-cloudwatch-agent>.
fn log_settings(place: &Ec2Place) -> serde_json::Value {
    json!({
        "agent": { "region": place.region },
        "logs": { "logs_collected": { "files": { "collect_list": [{
            "file_path": "/var/lib/docker/containers/*/*-json.log",
            "log_group_name": place.log_group,
            // The beginning of the name; the agent goes on with that of the file.
            "log_stream_name": "{instance_id}",
            // Otherwise only the file that was written last is sent.
            "publish_multi_logs": true,
        }] } } },
    })
}

/// The script that ends the first boot from an AMI that has all of it. One without the CloudWatch agent is as good, but for logs.
pub(super) fn start() -> String {
    format!(
        r#"systemctl start --no-block {AGENT_UNIT}
if [ -x {LOG_AGENT} ]; then
  {LOG_AGENT} -a fetch-config -m ec2 -s -c file:{LOG_SETTINGS} ||
    echo "jetway: the CloudWatch agent does not start" | tee /dev/console >&2
fi
"#
    )
}

/// The script that ends the first boot. When it fails, it says so on the serial console, and tells the stack or the group at once,
/// instead of letting them wait until its time is up. Its options are those that both versions of the AWS CLI have.
const INSTALL: &str = include_str!("install.sh");

/// That script, with what the release decides before it.
pub(super) fn script(place: &Ec2Place, package: &AgentPackage) -> String {
    let Ec2Place { bucket, account, region, stack, resource, launch_hook, terminate_hook, .. } = place;
    let AgentPackage { key, digest } = package;
    let digest = digest.hex();
    let values = [
        ("bucket", bucket.as_str()),
        ("account", account.as_str()),
        ("region", region.as_str()),
        ("stack", stack.as_str()),
        ("resource", resource.as_str()),
        ("launch_hook", launch_hook.as_str()),
        ("terminate_hook", terminate_hook.as_str()),
        ("key", key),
        ("digest", digest),
        ("log_agent", LOG_AGENT),
        ("log_settings", LOG_SETTINGS),
        ("unit", AGENT_UNIT),
    ];
    let values = values.map(|(name, value)| format!("{name}={}\n", quoted(value)));
    format!("set -eu\n{}{INSTALL}", values.concat())
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
