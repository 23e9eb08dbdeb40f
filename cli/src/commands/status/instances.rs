//! Every instance of every release that is there: what the fleet sees of it, and what it says itself.

mod row;
mod text;

use jetway_common::current::Current;
use jetway_common::name::ReleaseName;
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
    pub(super) problems: Vec<String>,
}

/// Puts together what is known of each instance. `status` has judged the application.
pub(super) async fn gather(
    session: &Session,
    target: &Target,
    current: &Current,
    status: Status,
) -> anyhow::Result<RollCall> {
    let Status { application, environment, health, problems, releases, .. } = status;
    let mut names: Vec<ReleaseName> = releases.iter().map(|seen| seen.release).collect();
    names.extend(shown(current).into_iter().chain(current.live));
    names.sort_unstable_by(|one, other| other.cmp(one));
    names.dedup();
    let mut instances = Vec::new();
    for release in names {
        let reports = reports::read(session.store(), target, release).await?;
        let seen = releases.iter().find(|seen| seen.release == release);
        instances.extend(rows(release, seen, reports));
    }
    Ok(RollCall { application, environment, health, instances, problems })
}

fn rows(release: ReleaseName, seen: Option<&Seen>, Reports { readable, mut unreadable }: Reports) -> Vec<Row> {
    let mut reports: std::collections::BTreeMap<_, _> =
        readable.into_iter().map(|report| (report.instance.clone(), report)).collect();
    let members = seen.map(|seen| seen.members.as_slice()).unwrap_or_default();
    let mut rows = Vec::new();
    for member in members {
        let row = Row::new(release, member.instance.clone()).seen(seen, member);
        rows.push(match (reports.remove(&member.instance), unreadable.remove(&member.instance)) {
            (Some(report), _) => row.told(report),
            (None, Some(reason)) => row.told_nothing_usable(&reason),
            (None, None) => row.told_nothing(),
        });
    }
    // A fleet that does not tell its instances apart has but this one machine.
    let is_gone = seen.is_some();
    let left = |instance| if is_gone { Row::new(release, instance).gone() } else { Row::new(release, instance) };
    rows.extend(reports.into_iter().map(|(instance, report)| left(instance).told(report)));
    rows.extend(unreadable.into_iter().map(|(instance, reason)| left(instance).told_nothing_usable(&reason)));
    rows
}
