//! What a stock Amazon Linux 2023 gets at its first boot: upgrades, Docker, the CloudWatch agent and our own agent.

use jetway_common::boot_file::Ec2Place;
use serde_json::json;

use super::{AGENT_UNIT, AgentPackage, File, UserDataError, pretty};

/// cloud-init upgrades and installs these after the files are written and before the script runs.
pub(super) const PACKAGES: &str = "\
package_update: true
package_upgrade: true
packages:
- docker
- amazon-cloudwatch-agent
";

/// <https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file>: containerd's store is the fastest way for an image
/// into Docker, and the only one that keeps its digest; restarts of Docker stop no container; logs are limited, or they fill the
/// disk, and their tag tells which container wrote a line.
const DOCKER_SETTINGS: &str = include_str!("../../../../packaging/docker/daemon.json");

const LOG_AGENT: &str = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl";
const LOG_SETTINGS: &str = "/etc/jetway/cloudwatch-agent.json";

/// The files that must be there before the packages are.
pub(super) fn files(place: &Ec2Place) -> Result<[File; 3], UserDataError> {
    Ok([
        // Without this, Amazon Linux 2023 upgrades nothing beyond the version of its AMI:
        // https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html
        File {
            what: "the release of Amazon Linux",
            path: "/etc/dnf/vars/releasever",
            mode: "0644",
            content: "latest\n".to_owned(),
        },
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

/// The script that ends the first boot. When it fails, it says so on the serial console and fails the stack at once,
/// instead of letting it wait until its time is up.
pub(super) fn script(place: &Ec2Place, package: &AgentPackage) -> String {
    let Ec2Place { bucket, account, region, stack, resource, .. } = place;
    let AgentPackage { key, digest } = package;
    let digest = digest.hex();
    let names = [bucket.as_str(), account.as_str(), region.as_str(), stack.as_str(), resource.as_str(), key];
    let [bucket, account, region, stack, resource, key] = names.map(quoted);
    format!(
        r#"set -eu
export AWS_DEFAULT_REGION={region} AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10
step=start
tell() {{ echo "jetway: $1" | tee /dev/console >&2 || true; }}
finish() {{
  [ "$1" -ne 0 ] || return 0
  tell "the first boot failed: $step"
  id=$(cloud-init query v1.instance_id) || return 0
  aws cloudformation signal-resource --stack-name {stack} --logical-resource-id {resource} \
    --unique-id "$id" --status FAILURE || true
}}
trap 'finish "$?"' EXIT
step="Docker and the CloudWatch agent were not installed"
rpm --query --quiet docker amazon-cloudwatch-agent
step="Docker does not start"
systemctl enable --now docker.service
step="the CloudWatch agent does not start"
{LOG_AGENT} -a fetch-config -m ec2 -s -c file:{LOG_SETTINGS}
step="the agent's package cannot be downloaded"
package=/var/cache/jetway-agent.rpm
aws s3api get-object --bucket {bucket} --key {key} --expected-bucket-owner {account} "$package"
step="the agent's package is not the one that the release was made with"
echo "{digest}  $package" | sha256sum --check --strict
step="the agent's package cannot be installed"
dnf --assumeyes install "$package"
rm -f "$package"
step="the agent does not start"
systemctl enable {AGENT_UNIT}
systemctl start --no-block {AGENT_UNIT}
"#
    )
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
