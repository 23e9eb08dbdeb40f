//! What the instances of a release say about themselves in the store. One report that cannot be read hides no other.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use jetway_common::document::{Document as _, LARGEST};
use jetway_common::name::{InstanceId, ReleaseName};
use jetway_common::report::BootReport;

use crate::platform::{Entry, Store};
use crate::printer::harmless;
use crate::session::Target;

/// How many reports are on their way at the same time: at 50 ms for each, a thousand take less than a second.
const AT_ONCE: usize = 64;

/// The boot reports of one release.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// Those that can be read, by instance.
    pub readable: Vec<BootReport>,
    /// The instances whose report says nothing that can be used, each with the reason.
    pub unreadable: BTreeMap<InstanceId, String>,
}

impl Reports {
    /// A sentence for each report that says nothing that can be used.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.unreadable
            .iter()
            .map(|(instance, reason)| format!("the report of {instance} cannot be used: {}", harmless(reason)))
    }
}

/// What came of reading one report; none if it is gone.
type Found = Option<Result<BootReport, String>>;

/// All boot reports of `release`. An error says that not even their names are known.
pub async fn read(store: &dyn Store, target: &Target, release: ReleaseName) -> anyhow::Result<Reports> {
    let entries = store.list(&target.keys.reports(release)).await?;
    let named = entries.into_iter().filter_map(|entry| {
        let instance: InstanceId = entry.name.strip_suffix(".json")?.parse().ok()?;
        Some((instance, entry))
    });
    let mut found = futures_util::stream::iter(named)
        .map(async |(instance, entry)| {
            let report = one(store, target, release, &instance, &entry).await;
            (instance, report)
        })
        .buffered(AT_ONCE);
    let mut reports = Reports::default();
    while let Some((instance, report)) = found.next().await {
        match report {
            Some(Ok(report)) => reports.readable.push(report),
            Some(Err(reason)) => drop(reports.unreadable.insert(instance, reason)),
            None => {}
        }
    }
    Ok(reports)
}

async fn one(store: &dyn Store, target: &Target, release: ReleaseName, instance: &InstanceId, entry: &Entry) -> Found {
    if entry.size > LARGEST as u64 {
        return Some(Err(format!("it has {} bytes, more than the {LARGEST} that a report may have", entry.size)));
    }
    match store.get(&target.keys.report(release, instance)).await {
        Ok(None) => None,
        Ok(Some(object)) => Some(parsed(target, instance, &object.bytes)),
        Err(error) => Some(Err(error.reason)),
    }
}

/// Whoever may write one report of the application may write all of them, so what a report says of itself is checked.
fn parsed(target: &Target, instance: &InstanceId, bytes: &[u8]) -> Result<BootReport, String> {
    let report = BootReport::from_bytes(bytes).map_err(|error| error.to_string())?;
    let told = (&report.environment, &report.application, &report.instance);
    if told == (&target.environment, &target.application, instance) {
        return Ok(report);
    }
    let (environment, application, instance) = told;
    Err(format!("it tells of {instance} with {application} in {environment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "format": 1, "installation": "jetway", "environment": "qa", "application": "hello", "release": "v1",
        "instance": "i-0a", "agent": { "version": "1.0.0", "pid": 7 }, "boot": "b", "phase": "ready", "history": [],
        "updated_at": "2026-01-31T12:00:00Z"
    }"#;

    fn target() -> Target {
        Target::new("qa".parse().unwrap(), "hello".parse().unwrap())
    }

    #[test]
    fn a_report_that_tells_of_another_is_told_with_whom() {
        let own = "i-0a".parse().unwrap();
        assert_eq!(parsed(&target(), &own, REPORT.as_bytes()).unwrap().instance, own);
        let foreign = [("i-0a", "i-0b"), ("\"hello\"", "\"other\""), ("\"qa\"", "\"production\"")];
        let told = foreign.map(|(from, to)| parsed(&target(), &own, REPORT.replace(from, to).as_bytes()).unwrap_err());
        assert_eq!(
            told,
            [
                "it tells of i-0b with hello in qa",
                "it tells of i-0a with other in qa",
                "it tells of i-0a with hello in production",
            ]
        );
    }

    #[test]
    fn what_is_no_report_is_told_with_the_reason() {
        let reason = parsed(&target(), &"i-0a".parse().unwrap(), b"{").unwrap_err();
        assert!(reason.contains("boot report"), "{reason}");
    }
}
