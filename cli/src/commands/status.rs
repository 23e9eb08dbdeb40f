//! `jetway status`: what runs, and whether it is well. Exit code 0 healthy, 1 not, 3 unknown.

mod instances;
mod live;
mod text;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use jetway_common::current::Current;
use jetway_common::name::{EnvironmentName, InstanceId, ReleaseName};
use jetway_common::report::{BootReport, Phase};
use jiff::Timestamp;
use serde::Serialize;

use self::instances::RollCall;
use crate::error::Exit;
use crate::lease;
use crate::local_time::ago;
use crate::printer::harmless;
use crate::releases::{self, StoredRelease};
use crate::reports::{self, Reports};
use crate::session::{Session, Target};
use crate::signals::Signals;
use crate::survey::{Member, Seen, Survey};
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
    /// Show every instance of every release that is there: where it is, what it runs, how long each phase of its boot
    /// took, what it said last.
    #[arg(long)]
    instances: bool,
    /// The same, and ask the agent on each instance how it is just now; on AWS through SSM Run Command.
    #[arg(long, conflicts_with = "watch")]
    live: bool,
}

/// How an application or an instance is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Health {
    Healthy,
    Unknown,
    Unhealthy,
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
    /// The instances whose report cannot be used, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unreadable: BTreeMap<InstanceId, String>,
    problems: Vec<String>,
    /// Those of the problems that are not of a single instance.
    #[serde(skip)]
    general: Vec<String>,
    /// All reports of the release whose instances are shown, also of those that are gone.
    #[serde(skip)]
    reports: Option<(ReleaseName, Reports)>,
    #[serde(skip)]
    release: Option<StoredRelease>,
}

/// What is shown: the application, or each of its instances.
enum View {
    Application(Box<Status>),
    Instances(RollCall),
}

/// Shows the status once, or again and again.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let target = session.target(&arguments.environment)?;
    let mut health = show(session, &view(session, &target, arguments).await?, arguments)?;
    if !arguments.watch {
        return Ok(exit(health));
    }
    let mut signals = Signals::listen()?;
    loop {
        let again = async {
            tokio::time::sleep(WATCH).await;
            view(session, &target, arguments).await
        };
        tokio::select! {
            seen = again => match seen {
                Ok(seen) => health = show(session, &seen, arguments)?,
                // What serves is none the worse for a look that failed.
                Err(error) => session.printer.warn(format_args!("{error:#}; looking again")),
            },
            _ = signals.next() => return Ok(exit(health)),
        }
    }
}

async fn view(session: &Session, target: &Target, arguments: &Arguments) -> anyhow::Result<View> {
    let current = releases::current(session.store(), &target.keys).await?;
    let status = look(session, target, &current).await?;
    if !arguments.instances && !arguments.live {
        return Ok(View::Application(Box::new(status)));
    }
    let mut all = instances::gather(session, target, &current, status).await?;
    if arguments.live {
        live::ask(session, target, &mut all).await?;
    }
    Ok(View::Instances(all))
}

fn show(session: &Session, view: &View, arguments: &Arguments) -> anyhow::Result<Health> {
    let printer = session.printer;
    if arguments.watch && std::io::stdout().is_terminal() {
        printer.bytes(b"\x1b[2J\x1b[H")?;
    }
    match view {
        View::Application(status) => printer.answer(&**status, || text::describe(status)).map(|()| status.health),
        View::Instances(all) => printer.answer(all, || instances::describe(all)).map(|()| all.health),
    }
}

fn exit(health: Health) -> Exit {
    match health {
        Health::Healthy => Exit::Done,
        Health::Unhealthy => Exit::Failed,
        Health::Unknown => Exit::Unknown,
    }
}

async fn look(session: &Session, target: &Target, current: &Current) -> anyhow::Result<Status> {
    let (store, keys) = (session.store(), &target.keys);
    let release = match current.live {
        Some(live) => releases::find(store, keys, live).await?,
        None => None,
    };
    let survey = session.fleet().survey(target, current).await?;
    let all = match shown(current) {
        Some(release) => Some((release, reports::read(store, target, release).await?)),
        None => None,
    };
    let mut reports = all.as_ref().map(|(_, reports)| reports.clone()).unwrap_or_default();
    if let Some(members) = shown(current).and_then(|release| survey.members(release)) {
        let is_there = |instance: &InstanceId| members.iter().any(|member| member.instance == *instance);
        reports.readable.retain(|report| is_there(&report.instance));
        reports.unreadable.retain(|instance, _| is_there(instance));
    }
    let lock = lease::read(store, &keys.lock()).await?.filter(|held| !held.is_expired());
    let (health, general, of_instances) = judge(current, &reports, &survey, target);
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
        pending: current.pending.as_ref().map(|pending| pending.release),
        url,
        lock: lock.map(|held| lease::describe(&held.lock, Timestamp::now())),
        releases: survey.releases,
        instances: reports.readable,
        unreadable: reports.unreadable,
        problems: general.iter().cloned().chain(of_instances).collect(),
        general,
        reports: all,
        release,
    })
}

/// The release whose instances are of interest: while a launch is in progress, that one.
fn shown(current: &Current) -> Option<ReleaseName> {
    current.pending.as_ref().map(|pending| pending.release).or(current.live)
}

/// How the application is, what is wrong with it, and what with single instances.
fn judge(current: &Current, reports: &Reports, survey: &Survey, target: &Target) -> (Health, Vec<String>, Vec<String>) {
    let environment = &target.environment;
    let mut general = survey.problems.clone();
    if let Some(pending) = &current.pending {
        general.push(format!("{} is not judged yet: `jetway wait {environment}` settles it", pending.release));
        return (Health::Unknown, general, Vec::new());
    }
    let Some(live) = current.live else {
        general.push(format!("nothing is deployed; `jetway deploy {environment}` makes a first release"));
        return (Health::Unknown, general, Vec::new());
    };
    if survey.members(live).is_some_and(<[Member]>::is_empty) {
        return (Health::Unhealthy, general, Vec::new());
    }
    let Reports { readable, unreadable } = reports;
    if !readable.iter().any(is_fresh) {
        if unreadable.is_empty() {
            general.push("no instance has been heard of late".to_owned());
        }
        return (Health::Unknown, general, reports.sentences().collect());
    }
    let mut ill: Vec<String> = readable.iter().flat_map(unwell).collect();
    ill.extend(survey.members(live).into_iter().flatten().filter_map(|member| {
        let instance = &member.instance;
        match readable.iter().find(|report| report.instance == *instance) {
            Some(report) if is_fresh(report) => None,
            Some(report) => Some(format!("{instance} was last heard {}", ago(report.updated_at))),
            None if unreadable.contains_key(instance) => None,
            None => Some(format!("{instance} has not reported yet")),
        }
    }));
    let health = match (general.is_empty() && ill.is_empty(), unreadable.is_empty()) {
        (false, _) => Health::Unhealthy,
        // What nobody knows of an instance is no verdict on the others.
        (true, false) => Health::Unknown,
        (true, true) => Health::Healthy,
    };
    ill.extend(reports.sentences());
    (health, general, ill)
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
