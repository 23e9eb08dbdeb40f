//! THE STORY: identify, fetch, unseal, pull, start, probe, ready. Each step takes what the one before made.

use jetway_common::boot_file::BootFile;
use jetway_common::report::Phase;

use crate::attempt::{Attempts, BootTime, Halt};
use crate::ending::Endings;
use crate::failpoint;
use crate::platform::{Platform, Supervision};
use crate::predecessors::Kin;
use crate::reporter::Reporter;
use crate::serve::Serving;
use crate::steps::fetch::fetch;
use crate::steps::identify::identify;
use crate::steps::probe::probe;
use crate::steps::pull::pull;
use crate::steps::ready::ready;
use crate::steps::start::{Opened, start};
use crate::steps::unseal::unseal;
use crate::text::Redactor;

/// Brings this instance from nothing, or from wherever the last agent left it, to serve its release.
pub async fn boot(
    platform: &Platform,
    reporter: &Reporter,
    boot_file: &BootFile,
    endings: &Endings,
    time: BootTime,
) -> Result<Serving, Halt> {
    let Platform { store, keys, host, .. } = platform;
    let mut steps = Attempts::new(platform, reporter, endings, time);

    let facts = steps.attempt(Phase::Identify, async || identify(host.as_ref()).await).await?;
    reporter.identified(&facts);
    let record = steps.attempt(Phase::Fetch, async || fetch(store.as_ref(), boot_file).await).await?;
    if let Some(trouble) = store.clock_trouble() {
        reporter.trouble(trouble.into_failure(Phase::Fetch));
    }
    let values = steps.attempt(Phase::Unseal, async || unseal(store.as_ref(), keys.as_ref(), &record).await).await?;
    let images = steps.attempt(Phase::Pull, async || pull(platform, reporter, &record).await).await?;
    let redactor = Redactor::new(&values);
    let opened = Opened { record, facts, values, redactor, kin: Kin::new(boot_file) };
    steps.attempt(Phase::Start, async || start(platform, &opened, &images).await).await?;
    steps
        .attempt(Phase::Probe, async || {
            probe(platform, reporter, &opened).await?;
            failpoint::reach("before:ready");
            Ok(ready(platform, &opened.kin).await?)
        })
        .await?;

    reporter.enter(Phase::Ready);
    // A deployer who hears of readiness acts on it, so nothing may be lost on the way.
    reporter.flush().await;
    host.notify(Supervision::Ready);
    failpoint::reach("after:ready");
    Ok(Serving { opened, images })
}
