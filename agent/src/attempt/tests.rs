//! The verdict as a table, and whole outages in no time: the clock is paused and jumps.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jetway_common::boot_file::BootFile;
use jetway_common::container::Facts;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;
use jetway_common::report::BootReport;
use jetway_common::sealed_config::{Context, DataKey, WrappedKey};
use tokio::sync::watch;

use super::*;
use crate::docker::Docker;
use crate::local::fleet::LocalFleet;
use crate::platform::{Descent, Host, HostError, KeyError, KeyOpener, Notice, Store, StoreError};
use crate::run_dir::RunDir;
use crate::steps::fetch::fetch;

/// A store that does not answer the first few questions, keeps the last report, and counts them.
struct Flaky {
    failures: AtomicU32,
    record: Option<Vec<u8>>,
    report: Mutex<Vec<u8>>,
    reports: AtomicU32,
}

#[async_trait]
impl Store for Flaky {
    async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if fails { Err(StoreError::NotAnswering("no route".to_owned())) } else { Ok(self.record.clone()) }
    }

    async fn read(&self, key: &ObjectKey, _: u64, _: &mut [u8]) -> Result<(), StoreError> {
        Err(StoreError::Short(key.to_string()))
    }

    async fn put_report(&self, _: &ObjectKey, bytes: Vec<u8>) -> Result<(), StoreError> {
        *self.report.lock().unwrap() = bytes;
        self.reports.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct Nobody;

#[async_trait]
impl KeyOpener for Nobody {
    async fn open(&self, _: &WrappedKey, _: &Context) -> Result<DataKey, KeyError> {
        Err(KeyError::Refused("nobody".to_owned()))
    }
}

#[async_trait]
impl Host for Nobody {
    async fn facts(&self) -> Result<Facts, HostError> {
        Ok(Facts { instance: "local-test".parse().unwrap(), region: None, bucket: None })
    }

    async fn notice(&self) -> Result<Notice, HostError> {
        Ok(Notice::Stay)
    }

    fn look_every(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn descent(&self) -> Option<Descent> {
        None
    }

    async fn guard_metadata(&self) -> Result<Option<&'static str>, HostError> {
        Ok(None)
    }

    async fn wake_engine(&self) -> Option<String> {
        None
    }

    fn notify(&self, _: Supervision<'_>) {}
}

/// One boot against a store that fails: what the step came to, and the report's story. Other tests borrow its platform.
pub(crate) struct World {
    store: Arc<Flaky>,
    ending: watch::Sender<Option<Ending>>,
    _folder: tempfile::TempDir,
    pub(crate) platform: Platform,
    pub(crate) boot_file: BootFile,
}

impl World {
    pub(crate) fn new(failures: u32) -> Self {
        let record = include_bytes!("record.json").to_vec();
        let digest = Digest::of(&record);
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Flaky {
            failures: AtomicU32::new(failures),
            record: Some(record),
            report: Mutex::default(),
            reports: AtomicU32::new(0),
        });
        let platform = Platform {
            store: store.clone(),
            keys: Arc::new(Nobody),
            engine: Arc::new(Docker::default()),
            host: Arc::new(Nobody),
            fleet: Arc::new(LocalFleet),
            heartbeat: crate::local::HEARTBEAT,
            run_dir: RunDir::new(folder.path().to_owned()),
        };
        let boot_file = serde_json::json!({
            "format": 1, "installation": "jetway", "environment": "local", "application": "shop", "release": "v1",
            "record": digest, "deadline": "5m", "platform": { "kind": "local", "store": "/s", "key": "/k" },
        });
        let boot_file = BootFile::from_bytes(boot_file.to_string().as_bytes()).unwrap();
        Self { store, ending: watch::Sender::new(None), _folder: folder, platform, boot_file }
    }

    /// How many reports were written into the store.
    pub(crate) fn reports(&self) -> u32 {
        self.store.reports.load(Ordering::SeqCst)
    }

    async fn fetch(&self) -> (Result<(), String>, BootReport, Duration) {
        let began = Instant::now();
        let reporter = Reporter::start(&self.platform, self.boot_file.clone());
        reporter.identified(&self.platform.host.facts().await.unwrap());
        let endings = Endings::new(self.ending.subscribe());
        let time = BootTime::begin(self.boot_file.deadline.duration(), Duration::ZERO);
        let mut steps = Attempts::new(&self.platform, &reporter, &endings, time);
        let done = steps.attempt(Phase::Fetch, async || fetch(&*self.store, &self.boot_file).await).await;
        reporter.flush().await;
        let report = BootReport::from_bytes(&self.store.report.lock().unwrap()).unwrap();
        let done = done.map(|_| ()).map_err(|halt| match halt {
            Halt::Failed(phase, error) => format!("{phase}: {error}"),
            Halt::Ended(phase, ending) => format!("{phase}: {ending:?}"),
        });
        (done, report, began.elapsed())
    }
}

#[tokio::test(start_paused = true)]
async fn a_boot_outlives_a_store_that_is_down_for_a_minute() {
    let (done, report, spent) = World::new(6).fetch().await;
    assert_eq!(done, Ok(()));
    assert!(spent > Duration::from_secs(30) && spent < Duration::from_secs(70), "{spent:?}");
    let note = report.history[0].note.as_deref().unwrap();
    assert!(note.starts_with("the store does not answer: no route (try 6, next in "), "{note}");
}

#[tokio::test(start_paused = true)]
async fn phases_account_for_all_of_the_boot_from_the_start_of_the_agent() {
    let world = World::new(0);
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    reporter.identified(&world.platform.host.facts().await.unwrap());
    for phase in [Phase::Identify, Phase::Fetch, Phase::Unseal] {
        tokio::time::sleep(Duration::from_secs(2)).await;
        reporter.enter(phase);
    }
    reporter.flush().await;
    let report = BootReport::from_bytes(&world.store.report.lock().unwrap()).unwrap();
    let seconds: Vec<_> = report.history.iter().map(|phase| phase.seconds).collect();
    assert_eq!(seconds, [Some(4.0), Some(2.0), None]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_comes_back_is_given_up_on_before_the_deadline() {
    let (done, _, spent) = World::new(u32::MAX).fetch().await;
    let reason = done.unwrap_err();
    assert!(reason.starts_with("fetch: the store does not answer: no route (gave up after "), "{reason}");
    assert!(spent <= Duration::from_mins(5), "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_tried_in_vain_is_told_rather_than_the_time_that_the_last_try_would_have_taken() {
    let world = World::new(0);
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    let endings = Endings::new(world.ending.subscribe());
    let time = BootTime::begin(Duration::from_mins(5), Duration::ZERO);
    let mut steps = Attempts::new(&world.platform, &reporter, &endings, time);
    let mut tries = 0;
    let halt = steps.attempt(Phase::Fetch, async || -> Result<(), StepError> {
        tries += 1;
        if tries == 1 { Err(StepError::later("no route")) } else { std::future::pending().await }
    });
    let Err(Halt::Failed(_, error)) = halt.await else { panic!("it cannot succeed") };
    assert_eq!(error.reason, "no route (gave up after 2 tries, the boot may take 300 s)");
}

#[tokio::test(start_paused = true)]
async fn a_changed_record_is_refused_at_once() {
    let mut world = World::new(0);
    world.boot_file.record = Digest::of(b"another");
    let (done, _, spent) = world.fetch().await;
    assert!(done.unwrap_err().contains("is not what the boot file pins"));
    assert!(spent < Duration::from_secs(1), "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_application_is_refused_by_field() {
    let mut world = World::new(0);
    world.boot_file.application = "blog".parse().unwrap();
    let reason = world.fetch().await.0.unwrap_err();
    assert!(reason.contains("`application` is `shop` in the record, `blog` in the boot file"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn an_order_to_leave_ends_a_wait() {
    let world = World::new(u32::MAX);
    world.ending.send_replace(Some(Ending::Terminate));
    assert_eq!(world.fetch().await.0.unwrap_err(), "fetch: Terminate");
}

#[test]
fn the_verdict_is_a_table() {
    let seconds = Duration::from_secs;
    for (wait, tries, left, chance, expected) in [
        (Wait::Never, 1, seconds(600), 0, Verdict::GiveUp),
        (Wait::Later, 1, seconds(600), 0, Verdict::Retry(Duration::from_millis(500))),
        (Wait::Later, 1, seconds(600), 255, Verdict::Retry(seconds(1))),
        (Wait::Later, 4, seconds(600), 255, Verdict::Retry(seconds(8))),
        (Wait::Later, 7, seconds(600), 255, Verdict::Retry(seconds(60))),
        (Wait::Later, 4_000_000, seconds(600), 255, Verdict::Retry(seconds(60))),
        (Wait::Later, 7, seconds(10), 255, Verdict::Retry(seconds(5))),
        (Wait::Later, 7, Duration::from_millis(300), 255, Verdict::GiveUp),
        (Wait::Later, 1, Duration::ZERO, 255, Verdict::GiveUp),
    ] {
        assert_eq!(verdict(wait, tries, left, chance), expected, "{wait:?} {tries} {left:?} {chance}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_counts_from_the_launch_unless_the_boot_is_long_over() {
    let minutes = Duration::from_mins;
    for (spent, left) in [(0, 10), (4, 6), (9, 1), (10, 10), (5000, 10)] {
        assert_eq!(BootTime::begin(minutes(10), minutes(spent)).left(), minutes(left), "{spent}");
    }
}
