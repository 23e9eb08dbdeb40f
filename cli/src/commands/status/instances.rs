//! Every instance of every release that is there: what the fleet sees of it, and what it says itself.

mod row;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jetway_common::current::Current;
use jetway_common::name::{InstanceId, ReleaseName};
use jetway_common::report::BootReport;
use serde::Serialize;

pub(super) use self::row::Row;
pub(super) use self::text::describe;
use super::{Health, Status, shown};
use crate::reports::{self, Reports};
use crate::session::{Session, Target};
use crate::survey::Seen;

/// All instances of an application.
#[derive(Serialize)]
pub(super) struct RollCall {
    application: String,
    environment: String,
    pub(super) health: Health,
    /// The newest release first; within one, those that are there first.
    pub(super) instances: Vec<Row>,
    /// What is not as it should be beside single instances.
    pub(super) problems: Vec<String>,
}

/// Puts together what is known of each instance. `status` has judged the application.
pub(super) async fn gather(
    session: &Session,
    target: &Target,
    current: &Current,
    status: Status,
) -> anyhow::Result<RollCall> {
    let Status { application, environment, health, general: problems, releases, mut reports, .. } = status;
    let mut names: Vec<ReleaseName> = releases.iter().map(|seen| seen.release).collect();
    names.extend(shown(current).into_iter().chain(current.live));
    names.sort_unstable_by(|one, other| other.cmp(one));
    names.dedup();
    let mut instances = Vec::new();
    for release in names {
        let reports = match reports.take_if(|(read, _)| *read == release) {
            Some((_, reports)) => reports,
            None => reports::read(session.store(), target, release).await?,
        };
        let seen = releases.iter().find(|seen| seen.release == release);
        instances.extend(rows(release, seen, reports));
    }
    Ok(RollCall { application, environment, health, instances, problems })
}

fn rows(release: ReleaseName, seen: Option<&Seen>, Reports { readable, mut unreadable }: Reports) -> Vec<Row> {
    let members = seen.map(|seen| seen.members.as_slice()).unwrap_or_default();
    let mut reports: BTreeMap<InstanceId, BootReport> =
        readable.into_iter().map(|report| (report.instance.clone(), report)).collect();
    let reporting: BTreeSet<InstanceId> = reports.keys().chain(unreadable.keys()).cloned().collect();
    let there = members.iter().map(|member| Row::new(release, member.instance.clone()).seen(seen, member));
    let others = reporting.into_iter().filter(|instance| members.iter().all(|member| member.instance != *instance));
    let others = others.map(|instance| {
        let row = Row::new(release, instance);
        // A fleet that does not tell its instances apart has but this one machine.
        if seen.is_some() { row.gone() } else { row }
    });
    let tell = |row: Row| match (reports.remove(&row.instance), unreadable.remove(&row.instance)) {
        (Some(report), _) => row.told(report),
        (None, Some(reason)) => row.told_nothing_usable(&reason),
        (None, None) => row.told_nothing(),
    };
    there.chain(others).map(tell).collect()
}
