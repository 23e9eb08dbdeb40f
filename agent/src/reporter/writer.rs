//! Writes the report whenever it changed; what a store does not take is offered again.

use std::time::Duration;

use jetway_common::document::Document as _;
use jetway_common::layout::ApplicationKeys;
use jetway_common::report::BootReport;

use super::Reporter;
use crate::platform::{Platform, Supervision};

/// A store that hangs must not hold up the next report for longer.
const PUT_LIMIT: Duration = Duration::from_secs(10);
/// On an instance the folder's group is that of the people who may look.
const REPORT_MODE: u32 = 0o640;
const RETRY: Duration = Duration::from_secs(2);

/// Writes every change, the newest at once; changes that come while one is written become one.
pub(super) async fn write_all(reporter: Reporter, platform: Platform) {
    let mut changed = reporter.0.version.subscribe();
    let mut trouble = None;
    loop {
        let version = *changed.borrow_and_update();
        let done = match reporter.snapshot() {
            Some(report) => write(&report, &platform).await,
            None => Ok(()),
        };
        // Said once, however often it is tried: a store may be away for days.
        if let Err(reason) = &done
            && trouble.as_ref() != Some(reason)
        {
            tracing::warn!("the report was not written into the store: {reason}");
        }
        trouble = done.err();
        if trouble.is_none() {
            reporter.0.written.send_replace(version);
            if changed.changed().await.is_err() {
                return;
            }
        } else {
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                _ = changed.changed() => {}
            }
        }
    }
}

/// Why the store does not have it, if so; the run folder and systemd are told in any case.
async fn write(report: &BootReport, platform: &Platform) -> Result<(), String> {
    platform.host.notify(Supervision::Status(&status_line(report)));
    let bytes = match report.to_bytes() {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(%error, "the report cannot be written");
            return Ok(());
        }
    };
    let (path, copy) = (platform.run_dir.report(), bytes.clone());
    match tokio::task::spawn_blocking(move || crate::file::replace(&path, &copy, REPORT_MODE)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the report was not written into the run folder"),
        Err(error) => tracing::warn!(%error, "the report was not written into the run folder"),
    }
    let key = ApplicationKeys::new(&report.environment, &report.application).report(report.release, &report.instance);
    match tokio::time::timeout(PUT_LIMIT, platform.store.put_report(&key, bytes)).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("the store did not take it within {} s", PUT_LIMIT.as_secs())),
    }
}

fn status_line(report: &BootReport) -> String {
    let note = report.history.last().and_then(|last| last.note.as_deref()).unwrap_or(report.phase.sentence());
    format!("{} {}: {note}", report.application, report.release)
}
