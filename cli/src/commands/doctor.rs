//! `jetway doctor`: everything that Jetway needs around it, each with what to do about it.

mod agent;
mod around;
mod aws;
mod here;

use jetway_common::name::EnvironmentName;
use serde::Serialize;

use crate::error::Exit;
use crate::printer::Printer;
use crate::session::Session;
use crate::stack_session::StackSession;
use crate::table::Table;

/// The arguments of `jetway doctor`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An environment on AWS; without one, this machine is looked at.
    environment: Option<EnvironmentName>,
}

impl Arguments {
    /// The environment on AWS that is looked at; none if it is this machine.
    pub fn environment_on_aws(&self) -> Option<&EnvironmentName> {
        self.environment.as_ref().filter(|environment| !environment.is_local())
    }
}

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

/// Looks at this machine.
pub async fn look_here(session: &Session) -> anyhow::Result<Exit> {
    let home = session.home()?;
    let checks = vec![
        version(),
        around::docker().await,
        around::agent().await,
        here::home(home),
        here::key(home),
        here::store(home),
        here::disk(home),
        here::clock(session).await,
    ];
    tell(session.printer, checks)
}

/// Looks at `environment`, and at this machine as far as that matters there.
pub async fn look_at_aws(session: &StackSession, environment: &EnvironmentName) -> anyhow::Result<Exit> {
    let mut checks = vec![version(), around::docker().await];
    checks.extend(aws::checks(session, environment).await);
    tell(session.printer, checks)
}

fn version() -> Check {
    Check::ok("jetway", env!("CARGO_PKG_VERSION"))
}

fn tell(printer: Printer, checks: Vec<Check>) -> anyhow::Result<Exit> {
    let report = Report { healthy: checks.iter().all(|check| check.verdict != Verdict::Fail), checks };
    printer.answer(&report, || text(&report.checks))?;
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
