//! `jetway releases`: what was released, when, by whom and from what.

use std::collections::BTreeMap;

use jetway_common::current::{Current, Withdrawal};
use jetway_common::name::{EnvironmentName, InstanceId, ReleaseName};
use jetway_common::release::ReleaseRecord;
use jetway_common::report::{BootReport, Phase};
use serde::Serialize;

use crate::error::Exit;
use crate::local_time::local;
use crate::origin::short;
use crate::printer::harmless;
use crate::releases;
use crate::reports::{self, Reports};
use crate::session::{Session, Target};
use crate::table::Table;

/// Which releases to show.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The environment whose releases to list.
    #[arg(required = true)]
    environment: Option<EnvironmentName>,
    /// How many releases to list, newest first.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    limit: usize,
}

impl Arguments {
    /// The environment whose releases are meant; clap sees to it that there is one.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match &self.command {
            Some(Command::Show { environment, .. }) => Some(environment),
            None => self.environment.as_ref(),
        }
    }
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show everything about one release.
    Show {
        /// The environment.
        environment: EnvironmentName,
        /// The release.
        release: ReleaseName,
    },
}

/// What became of a release.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Live,
    Pending,
    Failed,
    Aborted,
    Retired,
}

#[derive(Serialize)]
struct Row {
    state: State,
    #[serde(flatten)]
    record: ReleaseRecord,
}

#[derive(Serialize)]
struct Whole {
    state: State,
    record: ReleaseRecord,
    instances: Vec<BootReport>,
    /// The instances whose report cannot be used, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unreadable: BTreeMap<InstanceId, String>,
}

/// Lists releases, or shows one.
pub async fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    match (&arguments.command, &arguments.environment) {
        (Some(Command::Show { environment, release }), _) => {
            show(session, &session.target(environment)?, *release).await
        }
        (None, Some(environment)) => list(session, &session.target(environment)?, arguments.limit).await,
        // clap asks for one of the two.
        (None, None) => Ok(Exit::Usage),
    }
}

async fn list(session: &Session, target: &Target, limit: usize) -> anyhow::Result<Exit> {
    let (store, keys) = (session.store(), &target.keys);
    let current = releases::current(store, keys).await?;
    let mut rows = Vec::new();
    let names = releases::names(store, keys).await?;
    if names.is_empty() {
        session.printer.say(format_args!("{} has no release in {} yet", target.application, target.environment));
    }
    for name in names.into_iter().rev().take(limit) {
        match row(session, target, &current, name).await {
            Ok(row) => rows.extend(row),
            // One damaged file must not hide all the others.
            Err(error) => session.printer.warn(format_args!("{name} is left out: {error:#}")),
        }
    }
    session.printer.answer(&rows, || table(&rows).to_string())?;
    Ok(Exit::Done)
}

async fn row(session: &Session, target: &Target, current: &Current, name: ReleaseName) -> anyhow::Result<Option<Row>> {
    let Some(release) = releases::find(session.store(), &target.keys, name).await? else { return Ok(None) };
    let Reports { readable, unreadable } = reports::read(session.store(), target, name).await?;
    let is_conclusive = readable.iter().any(|report| report.phase == Phase::Failed || was_ready(report));
    if let (Some((instance, reason)), false) = (unreadable.first_key_value(), is_conclusive) {
        anyhow::bail!("the report of {instance} cannot be used: {reason}");
    }
    Ok(Some(Row { state: state(current, name, &readable), record: release.record }))
}

fn state(current: &Current, release: ReleaseName, reports: &[BootReport]) -> State {
    if current.pending.as_ref().is_some_and(|pending| pending.release == release) {
        State::Pending
    } else if current.live == Some(release) {
        State::Live
    } else if let Some(why) = current.withdrawn.get(&release) {
        match why {
            Withdrawal::Failed => State::Failed,
            Withdrawal::Aborted => State::Aborted,
        }
    } else if reports.iter().any(|report| report.phase == Phase::Failed) || !reports.iter().any(was_ready) {
        State::Failed
    } else {
        State::Retired
    }
}

fn was_ready(report: &BootReport) -> bool {
    report.history.iter().any(|phase| phase.phase == Phase::Ready)
}

fn word(state: State) -> &'static str {
    match state {
        State::Live => "live",
        State::Pending => "pending",
        State::Failed => "failed",
        State::Aborted => "aborted",
        State::Retired => "retired",
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["RELEASE", "STATE", "MADE", "BY", "IMAGE", "CONFIG", "COMMIT", "MESSAGE"]);
    for Row { state, record } in rows {
        let origin = &record.origin;
        table.row(vec![
            record.release.to_string(),
            word(*state).to_owned(),
            local(origin.at),
            harmless(&short(&origin.by)),
            images(record),
            record.config.as_ref().map_or("-".to_owned(), |pin| pin.version.to_string()),
            origin.commit.as_deref().map_or("-".to_owned(), short_commit),
            origin.message.as_deref().map_or(String::new(), harmless),
        ]);
    }
    table
}

fn images(record: &ReleaseRecord) -> String {
    let mut images: Vec<String> = record
        .containers
        .values()
        .map(|container| format!("{} ({})", harmless(&container.image.reference), container.image.manifest.short()))
        .collect();
    images.dedup();
    images.join(", ")
}

fn short_commit(commit: &str) -> String {
    let dirty = if commit.ends_with("-dirty") { "-dirty" } else { "" };
    format!("{}{dirty}", commit.chars().take(7).collect::<String>())
}

async fn show(session: &Session, target: &Target, name: ReleaseName) -> anyhow::Result<Exit> {
    let (store, keys) = (session.store(), &target.keys);
    let current = releases::current(store, keys).await?;
    let record = releases::get(store, keys, name).await?.record;
    let Reports { readable: instances, unreadable } = reports::read(store, target, name).await?;
    let whole = Whole { state: state(&current, name, &instances), record, instances, unreadable };
    session.printer.answer(&whole, || describe(&whole))?;
    Ok(Exit::Done)
}

fn describe(whole: &Whole) -> String {
    let Whole { state, record, instances, unreadable } = whole;
    let origin = &record.origin;
    let mut lines = vec![
        format!("{} of {} in {}: {}", record.release, record.application, record.environment, word(*state)),
        format!("  made      {} by {}", local(origin.at), harmless(&short(&origin.by))),
    ];
    lines.extend(origin.commit.as_ref().map(|commit| format!("  commit    {}", harmless(commit))));
    lines.extend(origin.message.as_ref().map(|message| format!("  message   {}", harmless(message))));
    lines.extend(record.config.as_ref().map(|pin| format!("  config    {} ({})", pin.version, pin.digest)));
    for (name, container) in &record.containers {
        lines.push(format!(
            "  container {name}: {} {}",
            harmless(&container.image.reference),
            container.image.manifest
        ));
    }
    if let Some(http) = &record.http {
        lines.push(format!("  http      port {} of {}, health {}", http.port, http.container, http.health.path));
    }
    for report in instances {
        lines.push(format!("  instance  {}: {}", report.instance, report.phase));
        lines.extend(
            report.history.iter().filter_map(|phase| {
                Some(format!("            {:<9} {:.1} s", phase.phase.to_string(), phase.seconds?))
            }),
        );
        lines.extend(report.failure.iter().map(|failure| format!("            {}", harmless(&failure.reason))));
    }
    lines.extend(
        unreadable.iter().map(|(instance, reason)| {
            format!("  instance  {instance}: its report cannot be used: {}", harmless(reason))
        }),
    );
    lines.join("\n") + "\n"
}
