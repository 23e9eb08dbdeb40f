//! This machine as an instance: named after its host, told to leave by a file.

use async_trait::async_trait;
use jetway_common::container::Facts;
use jetway_common::name::InstanceId;

use crate::error::Wait;
use crate::platform::{Host, HostError, Notice, Supervision};
use crate::run_dir::RunDir;

const LONGEST: usize = 64;

/// This machine.
pub struct LocalHost {
    run_dir: RunDir,
}

impl LocalHost {
    /// This machine, with its lifecycle notice in `run_dir`.
    pub fn new(run_dir: RunDir) -> Self {
        Self { run_dir }
    }
}

#[async_trait]
impl Host for LocalHost {
    async fn facts(&self) -> Result<Facts, HostError> {
        let error = |reason: String| HostError { what: "its name", reason, wait: Wait::Never };
        let name = hostname::get().map_err(|source| error(source.to_string()))?;
        let instance = instance_name(&name.to_string_lossy());
        let instance: InstanceId = instance.parse().map_err(|fault| error(format!("{fault}")))?;
        Ok(Facts { instance, region: None, bucket: None })
    }

    async fn notice(&self) -> Result<Notice, HostError> {
        match tokio::fs::read_to_string(self.run_dir.lifecycle()).await {
            Ok(text) if text.trim() == "terminate" => Ok(Notice::Terminate),
            Ok(_) => Ok(Notice::Stay),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Notice::Stay),
            Err(error) => {
                Err(HostError { what: "whether it is to leave", reason: error.to_string(), wait: Wait::Later })
            }
        }
    }

    fn notify(&self, state: Supervision<'_>) {
        crate::systemd::notify(state);
    }
}

/// `local-` and the host's name, with whatever no instance name may have replaced.
fn instance_name(host: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    let name: String = host.chars().map(allowed).collect();
    let name = if name.is_empty() { "machine".to_owned() } else { name };
    format!("local-{name}").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_name_becomes_an_instance_name() {
        for (host, name) in [("box", "local-box"), ("Büro PC", "local-B-ro-PC"), ("", "local-machine")] {
            assert_eq!(instance_name(host), name);
        }
        assert!(instance_name(&"x".repeat(200)).parse::<InstanceId>().is_ok());
    }
}
