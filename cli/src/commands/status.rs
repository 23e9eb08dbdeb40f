//! `jetway status`: what runs, and whether it is well. Exit code 0 healthy, 1 not, 3 unknown.

mod text;

use std::io::IsTerminal as _;
use std::time::Duration;

use jetway_common::current::Current;
use jetway_common::name::{EnvironmentName, ReleaseName};
use jetway_common::report::{BootReport, Phase};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Exit;
use crate::lease;
use crate::printer::harmless;
use crate::releases::{self, StoredRelease};
use crate::session::{Session, Target};
use crate::survey::{Seen, Survey};
use crate::watch::is_fresh;

/// How often `--watch` looks.
const WATCH: Duration = Duration::from_secs(1);

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment to look at.
    pub environment: EnvironmentName,
    /// Look again every second, until interrupted.
    #[arg(long, short)]
    watch: bool,
}

/// How an application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Health {
    Healthy,
    Unhealthy,
    Unknown,
}

#[derive(Serialize)]
struct Status {
    application: String,
    environment: String,
    health: Health,
    live: Option<ReleaseName>,
    previous: Option<ReleaseName>,
    pending: Option<ReleaseName>,
    url: Option<String>,
    lock: Option<String>,
    releases: Vec<Seen>,
    instances: Vec<BootReport>,
    problems: Vec<String>,
    #[serde(skip)]
    release: Option<StoredRelease>,
}

/// Shows the status once, or again and again.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    loop {
        let status = look(session, &target).await?;
        if arguments.watch && std::io::stdout().is_terminal() {
            session.printer.bytes(b"\x1b[2J\x1b[H")?;
        }
        session.printer.answer(&status, || text::describe(&status))?;
        if !arguments.watch {
            return Ok(exit(status.health));
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            _ = tokio::signal::ctrl_c() => return Ok(exit(status.health)),
        }
    }
}

fn exit(health: Health) -> Exit {
    match health {
        Health::Healthy => Exit::Done,
        Health::Unhealthy => Exit::Failed,
        Health::Unknown => Exit::Unknown,
    }
}

async fn look(session: &Session, target: &Target) -> anyhow::Result<Status> {
    let (store, keys) = (session.store(), &target.keys);
    let current = releases::current(store, keys).await?;
    let release = match current.live {
        Some(live) => releases::find(store, keys, live).await?,
        None => None,
    };
    let survey = session.fleet().survey(target, &current).await?;
    let mut instances = match shown(&current) {
        Some(release) => releases::reports(store, keys, release).await?,
        None => Vec::new(),
    };
    let members = shown(&current).and_then(|release| survey.members(release));
    if let Some(members) = members {
        instances.retain(|report| members.iter().any(|member| member.instance == report.instance));
    }
    let lock = lease::read(store, &keys.lock()).await?.filter(|held| !held.lock.is_expired(Timestamp::now()));
    let (health, problems) = judge(&current, &instances, &survey, target);
    let url = match &release {
        Some(release) => session.fleet().url(&release.record).await,
        None => None,
    };
    Ok(Status {
        application: target.application.to_string(),
        environment: target.environment.to_string(),
        health,
        live: current.live,
        previous: current.previous,
        pending: current.pending.map(|pending| pending.release),
        url,
        lock: lock.map(|held| lease::describe(&held.lock, Timestamp::now())),
        releases: survey.releases,
        instances,
        problems,
        release,
    })
}

/// The release whose instances are of interest: while a launch is in progress, that one.
fn shown(current: &Current) -> Option<ReleaseName> {
    current.pending.as_ref().map(|pending| pending.release).or(current.live)
}

fn judge(current: &Current, reports: &[BootReport], survey: &Survey, target: &Target) -> (Health, Vec<String>) {
    let environment = &target.environment;
    let mut problems = survey.problems.clone();
    if let Some(pending) = &current.pending {
        problems.push(format!("{} is not judged yet: `jetway wait {environment}` settles it", pending.release));
        return (Health::Unknown, problems);
    }
    if current.live.is_none() {
        problems.push(format!("nothing is deployed; `jetway deploy {environment}` makes a first release"));
        return (Health::Unknown, problems);
    }
    if !reports.iter().any(is_fresh) {
        problems.push("no instance has reported for 30 s or more".to_owned());
        return (Health::Unknown, problems);
    }
    problems.extend(reports.iter().flat_map(unwell));
    problems.extend(current.live.and_then(|live| survey.members(live)).into_iter().flatten().filter_map(|member| {
        let is_silent = !reports.iter().any(|report| report.instance == member.instance && is_fresh(report));
        is_silent.then(|| format!("{} has not reported for 30 s or more", member.instance))
    }));
    let health = if problems.is_empty() { Health::Healthy } else { Health::Unhealthy };
    (health, problems)
}

fn unwell(report: &BootReport) -> Vec<String> {
    let instance = &report.instance;
    let mut problems = Vec::new();
    if report.phase != Phase::Ready {
        problems.push(format!("{instance} is in phase {}: {}", report.phase, report.phase.sentence()));
    }
    for (name, container) in report.containers.iter().filter(|(_, container)| !container.healthy) {
        let answer = container.answer.as_deref().map_or_else(|| container.state.clone(), harmless);
        problems.push(format!("{instance}: container `{name}` is not healthy: {answer}"));
    }
    problems
}
