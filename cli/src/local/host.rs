//! This machine's name as an instance, the same that the agent gives it.

use anyhow::Context as _;
use jetway_common::name::InstanceId;

const LONGEST: usize = 64;

/// `local-` and the host's name.
pub fn instance_id() -> anyhow::Result<InstanceId> {
    let name = hostname::get().context("this machine does not tell its name")?;
    Ok(instance_name(&name.to_string_lossy()).parse()?)
}

/// What no instance name may have is replaced.
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
