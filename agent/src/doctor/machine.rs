//! What the machine itself is asked: systemd's units, the clock, instance metadata. Each within a second, with or without network.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jetway_common::boot_file::{BootFile, Platform};
use jetway_common::metadata::Imds;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Check, Verdict};
use crate::guard;
use crate::systemd::{self, Bus, Unit, UnitState};

/// 2026-01-01: a clock before it was never set.
const EARLIEST: i64 = 1_767_225_600;
/// Metadata is one hop away.
const METADATA_LIMIT: Duration = Duration::from_millis(500);
const METADATA: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), 80);
/// Asks for a token that lasts a second:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
const TOKEN_REQUEST: &[u8] = b"PUT /latest/api/token HTTP/1.1\r\nHost: 169.254.169.254\r\n\
    X-aws-ec2-metadata-token-ttl-seconds: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The units, and the clock. Without a boot file the unit that keeps containers from metadata has nothing to do.
pub(super) async fn check(has_boot_file: bool) -> Vec<Check> {
    let Ok(bus) = Bus::connect().await else { return vec![check_clock(None)] };
    let (agent, docker, imds, failed, kept) = tokio::join!(
        bus.unit(systemd::AGENT),
        bus.unit(systemd::DOCKER),
        bus.unit(systemd::IMDS),
        bus.failed_units(),
        bus.clock_is_kept(),
    );
    let units =
        [("agent unit", Some(agent)), ("docker unit", Some(docker)), ("imds unit", has_boot_file.then_some(imds))];
    let units = units.into_iter().filter_map(|(name, unit)| Some((name, unit?)));
    let mut checks: Vec<Check> = units.filter_map(|(name, unit)| check_unit(name, &unit.ok()?)).collect();
    checks.extend(failed.ok().and_then(|names| check_failed(&names)));
    checks.push(check_clock(kept.ok()));
    checks
}

/// A unit that is not installed is none of this machine's troubles.
fn check_unit(name: &'static str, unit: &Unit) -> Option<Check> {
    if let Some((found, advice)) = unit.hangs() {
        return Some(Check::bad(name, Verdict::Fail, found, advice));
    }
    let advice = match unit.state {
        UnitState::Missing => return None,
        UnitState::Active => return Some(Check::ok(name, unit.to_string())),
        UnitState::Starting | UnitState::Stopping => format!("look at its log: journalctl -u {} -n 50", unit.name),
        UnitState::Failed | UnitState::Inactive => format!("start it: sudo systemctl start {}", unit.name),
    };
    let verdict = if unit.state == UnitState::Starting { Verdict::Note } else { Verdict::Fail };
    Some(Check::bad(name, verdict, unit.to_string(), &advice))
}

fn check_failed(names: &[String]) -> Option<Check> {
    let advice = "look at each: systemctl status";
    (!names.is_empty()).then(|| Check::bad("failed units", Verdict::Note, names.join(", "), advice))
}

/// `kept` says whether somebody who knows the time keeps the clock right, where that is known.
fn check_clock(kept: Option<bool>) -> Check {
    let now = Timestamp::now();
    let advice = "set it: timedatectl set-ntp true";
    if now.as_second() < EARLIEST {
        return Check::bad("clock", Verdict::Fail, format!("{now} is in the past"), advice);
    }
    match kept {
        Some(true) => Check::ok("clock", format!("{now}, kept right by NTP")),
        Some(false) => {
            let found = format!("{now}, and nothing keeps it right; AWS refuses requests of a clock five minutes off");
            Check::bad("clock", Verdict::Note, found, advice)
        }
        None => Check::ok("clock", now.to_string()),
    }
}

/// Instance metadata, for an instance on EC2 alone.
pub(super) async fn check_metadata(boot_file: Option<&BootFile>) -> Option<Check> {
    let boot_file = boot_file?;
    let Platform::Ec2(_) = boot_file.platform else { return None };
    let answer = tokio::time::timeout(METADATA_LIMIT, ask_metadata());
    let found = match answer.await {
        Ok(Ok(status)) if status == "200" => {
            return Some(Check::ok("metadata", "answers at 169.254.169.254, version 2"));
        }
        Ok(Err(error))
            if error.kind() == ErrorKind::ConnectionRefused
                && boot_file.imds == Imds::Deny
                && guard::keeps_out_this_user() =>
        {
            let found = "refused, as `imds = \"deny\"` has it: the agent alone may ask it here";
            let advice = "nothing is wrong: with control groups of version 1, containers cannot be told from root";
            return Some(Check::bad("metadata", Verdict::Note, found, advice));
        }
        Ok(Ok(status)) => format!("169.254.169.254 answers with HTTP status {status}"),
        Ok(Err(error)) => format!("169.254.169.254 does not answer: {error}"),
        Err(_) => format!("169.254.169.254 does not answer within {} ms", METADATA_LIMIT.as_millis()),
    };
    let advice = "turn instance metadata on for this instance; what a boot file that could not be read left closed is opened \
                  by sudo systemctl restart jetway-imds";
    Some(Check::bad("metadata", Verdict::Fail, found, advice))
}

/// The status of the answer.
async fn ask_metadata() -> std::io::Result<String> {
    let mut stream = TcpStream::connect(METADATA).await?;
    stream.write_all(TOKEN_REQUEST).await?;
    let mut answer = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer[answer.len() - 3..]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(state: UnitState) -> Unit {
        let (detail, result) = ("dead".to_owned(), Some("watchdog".to_owned()));
        Unit { name: "jetway-agent.service".to_owned(), state, detail, result, restarts: 2, silent: None, said: None }
    }

    #[test]
    fn a_unit_that_is_not_there_is_no_trouble_and_one_that_failed_is() {
        assert!(check_unit("agent unit", &unit(UnitState::Missing)).is_none());
        assert!(check_unit("agent unit", &unit(UnitState::Active)).unwrap().verdict == Verdict::Ok);
        assert!(check_unit("agent unit", &unit(UnitState::Starting)).unwrap().verdict == Verdict::Note);
        let hung = Unit { silent: Some(Duration::from_secs(20)), ..unit(UnitState::Active) };
        assert!(check_unit("agent unit", &hung).unwrap().verdict == Verdict::Fail);
        let failed = check_unit("agent unit", &unit(UnitState::Failed)).unwrap();
        assert!(failed.verdict == Verdict::Fail);
        assert_eq!(failed.found, "jetway-agent.service is failed (watchdog), restarted 2 times");
        assert_eq!(failed.advice.unwrap(), "start it: sudo systemctl start jetway-agent.service");
    }

    #[test]
    fn a_clock_that_nothing_keeps_right_is_told() {
        assert!(check_clock(None).verdict == Verdict::Ok);
        assert!(check_clock(Some(true)).found.ends_with("kept right by NTP"));
        assert!(check_clock(Some(false)).verdict == Verdict::Note);
    }
}
