//! User data: what cloud-init does at an instance's first boot. It carries the boot file, which pins all the rest.
//!
//! No value in it is known to CloudFormation alone, and nothing in it says `${`, so it can stand in a template as it is.

mod install;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use jetway_common::boot_file::{BootFile, Ec2Place, Platform};
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::metadata::Imds;
use jetway_common::name::{ApplicationName, EnvironmentName, InstallationName, ReleaseName};
use jetway_common::seconds::Seconds;
use serde_json::Value;

pub use jetway_common::machine::AgentPackage;

/// Where the boot file is on an instance.
pub const BOOT_FILE: &str = "/etc/jetway/boot.json";
/// The unit that runs the agent.
pub const AGENT_UNIT: &str = "jetway-agent.service";
/// The most bytes of user data, before base64:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>.
pub const LARGEST: usize = 16 * 1024;

/// What an instance's first boot is made of.
#[derive(Debug, Clone)]
pub struct UserDataInput {
    /// The installation.
    pub installation: InstallationName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The application.
    pub application: ApplicationName,
    /// The release that the instance runs for all its life.
    pub release: ReleaseName,
    /// The digest of the release record.
    pub record: Digest,
    /// How long the instance may take until it is ready.
    pub deadline: Seconds,
    /// Whether the containers reach instance metadata.
    pub imds: Imds,
    /// Where the instance finds its store, key, stack and group.
    pub place: Ec2Place,
    /// What the AMI has of Docker and the agent.
    pub ami: Ami,
}

/// What an AMI has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ami {
    /// Docker and the agent are in it.
    Baked,
    /// It is Amazon Linux 2023 as AWS publishes it: all of it is installed at the first boot.
    Stock(AgentPackage),
}

/// Why there is no user data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserDataError {
    /// EC2 would refuse it.
    #[error("user data has {bytes} bytes, EC2 allows {LARGEST} before base64; the largest part is {part}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What takes most of it.
        part: &'static str,
    },
    /// A bug: the boot file is no JSON.
    #[error("the boot file cannot be written: {0}")]
    BootFile(String),
}

/// A file that cloud-init writes.
struct File {
    /// What people call it.
    what: &'static str,
    path: &'static str,
    mode: &'static str,
    content: String,
}

/// The cloud-config of an instance.
pub fn cloud_config(input: &UserDataInput) -> Result<String, UserDataError> {
    // The agent is not root and reads it; it holds no secret.
    let boot = File { what: "the boot file", path: BOOT_FILE, mode: "0644", content: boot_file(input)? };
    let (files, script) = match &input.ami {
        Ami::Baked => (vec![boot, install::logs(&input.place)?], install::start()),
        Ami::Stock(package) => {
            let mut files = vec![boot];
            files.extend(install::files(&input.place)?);
            (files, install::script(&input.place, package))
        }
    };
    let mut text = "#cloud-config\nwrite_files:\n".to_owned();
    for File { path, mode, content, .. } in &files {
        // Writing to a text cannot fail.
        let _ = write!(text, "- path: {path}\n  owner: root:root\n  permissions: \"{mode}\"\n  content: ");
        text.push_str(&block(content, "    "));
    }
    text.push_str("runcmd:\n- ");
    text.push_str(&block(&script, "  "));
    fits(text, &files, &script)
}

fn fits(text: String, files: &[File], script: &str) -> Result<String, UserDataError> {
    if text.len() <= LARGEST {
        return Ok(text);
    }
    let script = ("the installation script", script.len());
    let parts = files.iter().map(|file| (file.what, file.content.len())).chain([script]);
    let part = parts.max_by_key(|(_, size)| *size).map_or("", |(what, _)| what);
    Err(UserDataError::TooLarge { bytes: text.len(), part })
}

/// A text as a literal block of YAML. Our texts have no line that begins with a space before one that does not, no
/// control character, and end with one newline.
fn block(text: &str, indent: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") });
    format!("|\n{}", lines.collect::<Vec<_>>().concat())
}

fn boot_file(input: &UserDataInput) -> Result<String, UserDataError> {
    let UserDataInput { installation, environment, application, release, record, deadline, imds, place, ami: _ } =
        input.clone();
    let platform = Platform::Ec2(place);
    let file = BootFile { installation, environment, application, release, record, deadline, imds, platform };
    let bytes = file.to_bytes().map_err(|error| UserDataError::BootFile(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| UserDataError::BootFile(error.to_string()))
}

fn pretty(value: &Value) -> Result<String, UserDataError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| UserDataError::BootFile(error.to_string()))?;
    Ok(format!("{text}\n"))
}
