//! Writes the report whenever it changed; what a store does not take is offered again.

use std::time::Duration;

use jetway_common::document::Document as _;
use jetway_common::layout::ApplicationKeys;
use jetway_common::report::BootReport;

use super::{Reporter, random};
use crate::attempt::pause;
use crate::error::StepError;
use crate::platform::{Platform, Supervision};

/// A store that hangs must not hold up the next report for longer.
const PUT_LIMIT: Duration = Duration::from_secs(10);
/// On an instance the folder's group is that of the people who may look.
const REPORT_MODE: u32 = 0o640;

/// Writes every change, the newest at once; changes that come while one is written become one. What was refused is offered again
/// less and less often until there is something new: a store may be away for days, from many instances.
pub(super) async fn write_all(reporter: Reporter, platform: Platform) {
    let mut changed = reporter.0.version.subscribe();
    let (mut is_troubled, mut tries) = (false, 0);
    loop {
        let version = *changed.borrow_and_update();
        platform.host.notify(Supervision::Status(&reporter.status_line()));
        let done = match reporter.snapshot() {
            Some(report) => write(&report, &reporter, &platform).await,
            None => Ok(()),
        };
        // Said once, however often it is tried: a store may be away for days, and names each refusal anew.
        if let (Err(error), false) = (&done, is_troubled) {
            reporter.is_unheard(error);
        }
        is_troubled = done.is_err();
        if is_troubled {
            tries += 1;
            tokio::select! {
                () = tokio::time::sleep(pause(tries, random().to_le_bytes()[0])) => {}
                _ = changed.changed() => tries = 0,
            }
            continue;
        }
        tries = 0;
        reporter.0.written.send_replace(version);
        if changed.changed().await.is_err() {
            return;
        }
    }
}

/// Why the store does not have it, if so; the run folder is not asked about that.
async fn write(report: &BootReport, reporter: &Reporter, platform: &Platform) -> Result<(), StepError> {
    let bytes = match report.to_bytes() {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(%error, "the report cannot be written");
            return Ok(());
        }
    };
    let (path, copy) = (platform.run_dir.report(), bytes.clone());
    let written = tokio::task::spawn_blocking(move || crate::file::replace(&path, &copy, REPORT_MODE)).await;
    reporter.folder_took(written.unwrap_or_else(|error| Err(error.into())), &platform.run_dir);
    let key = ApplicationKeys::new(&report.environment, &report.application).report(report.release, &report.instance);
    match tokio::time::timeout(PUT_LIMIT, platform.store.put_report(&key, bytes)).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(StepError::later(format!("the store did not take it within {} s", PUT_LIMIT.as_secs()))),
    }
}

#[cfg(test)]
mod tests;
