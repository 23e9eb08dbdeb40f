//! Probes on an engine in memory, with a clock that jumps; other tests borrow the release.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jetway_common::container::Facts;
use jetway_common::document::Document as _;
use jetway_common::release::{Health, Http, ReleaseRecord};
use jetway_common::seconds::Seconds;
use jiff::Timestamp;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::{Fake, serving};
use crate::predecessors::Kin;
use crate::text::Redactor;

/// A release of one container without a health check.
pub(crate) fn worker(world: &World) -> Opened {
    let record = ReleaseRecord::from_bytes(include_bytes!("../../attempt/record.json")).unwrap();
    Opened {
        record: ReleaseRecord { http: None, ..record },
        facts: Facts { instance: "local-test".parse().unwrap(), region: None, bucket: None },
        values: jetway_common::secret::Values::new(),
        redactor: Redactor::default(),
        kin: Kin::new(&world.boot_file),
    }
}

/// The same with a health check that is asked so often.
pub(crate) fn checked_every(world: &World, interval: Seconds) -> Opened {
    let mut opened = worker(world);
    let record = ReleaseRecord::from_bytes(include_bytes!("../../attempt/record.json")).unwrap();
    opened.record.http = record.http.map(|http| Http { health: Health { interval, ..http.health.clone() }, ..http });
    opened
}

/// What a worker's probe on this engine came to; `meanwhile` happens after a few seconds.
async fn probe_worker(fake: Fake, meanwhile: impl FnOnce(&Fake)) -> Result<(), String> {
    let (mut world, fake) = (World::new(0), Arc::new(fake));
    world.platform.engine = fake.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    let opened = worker(&world);
    let later = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        meanwhile(&fake);
    };
    let (done, ()) = tokio::join!(probe(&world.platform, &reporter, &opened), later);
    done.map_err(|error| error.reason)
}

pub(crate) fn start_anew(fake: &Fake) {
    fake.containers.lock().unwrap()[0].started_at = Some(Timestamp::now());
}

#[tokio::test(start_paused = true)]
async fn a_container_that_docker_starts_anew_does_not_stay_up() {
    let reason = probe_worker(Fake::with([serving("v1-web", "v1")]), start_anew).await.unwrap_err();
    assert!(reason.starts_with("container `web` does not stay up"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_comes_back_with_docker_itself_has_done_nothing_wrong() {
    let come_back = |fake: &Fake| {
        fake.away.store(3, Ordering::SeqCst);
        start_anew(fake);
    };
    assert_eq!(probe_worker(Fake::with([serving("v1-web", "v1")]), come_back).await, Ok(()));
}
