//! `jetway doctor`: everything that Jetway needs around it, each with what to do about it.

mod around;
mod here;

use serde::Serialize;

use crate::error::Exit;
use crate::session::Session;
use crate::table::Table;

/// The arguments of `jetway doctor`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    fn warn(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Fail, found: found.into(), advice: Some(advice.into()) }
    }
}

#[derive(Serialize)]
struct Report {
    healthy: bool,
    checks: Vec<Check>,
}

/// Runs the command.
pub async fn run(session: &Session, _arguments: &Arguments) -> anyhow::Result<Exit> {
    let checks = vec![
        Check::ok("jetway", env!("CARGO_PKG_VERSION")),
        around::docker().await,
        around::agent().await,
        here::home(&session.home),
        here::key(&session.home),
        here::store(&session.home),
        here::disk(&session.home),
        here::clock(session).await,
    ];
    let report = Report { healthy: checks.iter().all(|check| check.verdict != Verdict::Fail), checks };
    session.printer.answer(&report, || text(&report.checks))?;
    Ok(if report.healthy { Exit::Done } else { Exit::Failed })
}

fn text(checks: &[Check]) -> String {
    let mut table = Table::new(&["", "WHAT", "FOUND"]);
    for Check { what, verdict, found, advice } in checks {
        let verdict = match verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let found = advice.as_ref().map_or_else(|| found.clone(), |advice| format!("{found}: {advice}"));
        table.row(vec![verdict.to_owned(), (*what).to_owned(), found]);
    }
    table.to_string()
}
