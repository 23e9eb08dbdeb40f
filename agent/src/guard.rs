//! `jetway-agent imds`: keeps containers from instance metadata by rules of the firewall.
//!
//! Containers use the host's network, so that neither an address nor an interface tells them from the agent. A control group
//! does, where the kernel has the second version of those: only containers that are to be kept out are made in it, so the rule
//! needs no boot file. Elsewhere only the user does, and then root's own services are kept from instance metadata as well:
//! where the boot file says so, or cannot be read, for Docker starts containers of an earlier boot whatever has become of it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};

use jetway_common::metadata::{AGENT_USER, Imds, SLICE};

use crate::output;
use crate::run::{RunError, read_boot_file};

/// `CGROUP2_SUPER_MAGIC` of statfs(2).
const CGROUP2: i128 = 0x6367_7270;
/// `EX_CONFIG` of sysexits.h, after which the unit is not tried again: whoever mends the boot file has the agent started, and
/// that starts this unit.
const NO_BOOT_FILE: u8 = 78;
const CHAIN: &str = "JETWAY-IMDS";
/// Both addresses of instance metadata, and whose table the rule is in:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
const ADDRESSES: [(&str, &str); 2] = [("iptables", "169.254.169.254"), ("ip6tables", "fd00:ec2::254")];

/// How containers are told from all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// By the control group that they are made in.
    Group,
    /// By not being the agent's user.
    User,
}

/// Why the rules are not in force as somebody has asked for.
#[derive(Debug, thiserror::Error)]
enum GuardError {
    /// Nobody has asked for them.
    #[error(transparent)]
    NoBootFile(RunError),
    /// Nobody knows whether they should be, so they are.
    #[error("everybody but the agent is kept from instance metadata until the boot file is right: {0}")]
    BootFile(RunError),
    /// A program is missing, or does not run.
    #[error("cannot run `{program}`: {source}")]
    Program {
        /// Which.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A program said no.
    #[error("`{command}` failed: {said}")]
    Refused {
        /// What was asked.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Puts the rules in force, or takes back what the boot file does not ask for.
pub fn guard(boot_file: &Path) -> ExitCode {
    let done = match mark() {
        Mark::Group => close_all(Mark::Group),
        Mark::User => by_boot_file(boot_file),
    };
    match done {
        Ok(said) => {
            output::data(&format!("{said}\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            output::error(&error.to_string(), None);
            let is_in_vain = matches!(error, GuardError::NoBootFile(_) | GuardError::BootFile(_));
            if is_in_vain { ExitCode::from(NO_BOOT_FILE) } else { ExitCode::FAILURE }
        }
    }
}

fn by_boot_file(path: &Path) -> Result<&'static str, GuardError> {
    match read_boot_file(path) {
        Ok(file) if file.imds == Imds::Allow => open_all(),
        Ok(_) => close_all(Mark::User),
        Err(error @ RunError::NoBootFile { .. }) => Err(GuardError::NoBootFile(error)),
        Err(error) => close_all(Mark::User).and(Err(GuardError::BootFile(error))),
    }
}

fn close_all(mark: Mark) -> Result<&'static str, GuardError> {
    tables().try_for_each(|(program, address)| close(program, address, mark))?;
    Ok(match mark {
        Mark::Group => "containers of `imds = \"deny\"` are kept from instance metadata, and nobody else",
        Mark::User => "everybody but the agent is kept from instance metadata, root's services too",
    })
}

fn open_all() -> Result<&'static str, GuardError> {
    tables().try_for_each(|(program, address)| open(program, address))?;
    Ok("containers reach instance metadata")
}

fn tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    ADDRESSES.into_iter().filter(|(program, _)| *program == "iptables" || has_ipv6())
}

/// Whether this process is kept from instance metadata where `imds = "deny"` is in force: everybody but the agent is, with
/// control groups of version 1.
pub fn keeps_out_this_user() -> bool {
    mark() == Mark::User && rustix::process::geteuid().as_raw() != AGENT_USER
}

fn mark() -> Mark {
    let kind = rustix::fs::statfs("/sys/fs/cgroup").map(|found| i128::from(found.f_type));
    if kind == Ok(CGROUP2) { Mark::Group } else { Mark::User }
}

/// Seen by way of our own process: the unit hides the rest of /proc.
fn has_ipv6() -> bool {
    Path::new("/proc/self/net/if_inet6").exists()
}

/// The chain is replaced as a whole; it is there before anything leads to it.
fn close(program: &'static str, address: &str, mark: Mark) -> Result<(), GuardError> {
    load(program, &chain(mark))?;
    let jump = jump(address);
    if !run(program, "--check", &jump)?.status.success() {
        expect(program, "--insert", &jump)?;
    }
    Ok(())
}

/// Metadata answers on this port alone; whoever answers there must not be kept from it either.
fn jump(address: &str) -> [&str; 9] {
    ["OUTPUT", "--destination", address, "--protocol", "tcp", "--destination-port", "80", "--jump", CHAIN]
}

fn chain(mark: Mark) -> String {
    let rules = match mark {
        Mark::Group => format!("-A {CHAIN} -m cgroup --path {SLICE} -j REJECT\n"),
        Mark::User => format!("-A {CHAIN} -m owner --uid-owner {AGENT_USER} -j RETURN\n-A {CHAIN} -j REJECT\n"),
    };
    format!("*filter\n:{CHAIN} - [0:0]\n{rules}COMMIT\n")
}

/// What is not there need not be taken back.
fn open(program: &'static str, address: &str) -> Result<(), GuardError> {
    let jump = jump(address);
    while run(program, "--check", &jump)?.status.success() {
        expect(program, "--delete", &jump)?;
    }
    if run(program, "--list-rules", &[CHAIN])?.status.success() {
        expect(program, "--flush", &[CHAIN])?;
        expect(program, "--delete-chain", &[CHAIN])?;
    }
    Ok(())
}

fn run(program: &'static str, action: &str, arguments: &[&str]) -> Result<Output, GuardError> {
    let error = |source| GuardError::Program { program, source };
    // Docker changes the same tables: wait for it.
    Command::new(program).args(["--wait", "10", action]).args(arguments).output().map_err(error)
}

fn expect(program: &'static str, action: &str, arguments: &[&str]) -> Result<(), GuardError> {
    succeeded(format!("{program} {action} {}", arguments.join(" ")), &run(program, action, arguments)?)
}

fn load(program: &'static str, rules: &str) -> Result<(), GuardError> {
    let program = if program == "iptables" { "iptables-restore" } else { "ip6tables-restore" };
    let error = |source| GuardError::Program { program, source };
    let mut command = Command::new(program);
    command.args(["--noflush", "--wait", "10"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(error)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(rules.as_bytes()).map_err(error)?;
    }
    succeeded(program.to_owned(), &child.wait_with_output().map_err(error)?)
}

fn succeeded(command: String, output: &Output) -> Result<(), GuardError> {
    if output.status.success() {
        return Ok(());
    }
    Err(GuardError::Refused { command, said: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn by_group_only_the_containers_are_kept_out_and_by_user_everybody_but_the_agent() {
        assert_snapshot!(chain(Mark::Group), @"
        *filter
        :JETWAY-IMDS - [0:0]
        -A JETWAY-IMDS -m cgroup --path jetway.slice -j REJECT
        COMMIT
        ");
        assert_snapshot!(chain(Mark::User), @"
        *filter
        :JETWAY-IMDS - [0:0]
        -A JETWAY-IMDS -m owner --uid-owner 727 -j RETURN
        -A JETWAY-IMDS -j REJECT
        COMMIT
        ");
    }
}
