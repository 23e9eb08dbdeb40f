//! A store that is away for long, with a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use jetway_common::layout::ObjectKey;
use jetway_common::report::Phase;

use super::*;
use crate::attempt::tests::World;
use crate::platform::{Store, StoreError};

/// Counts the reports that it does not take.
#[derive(Default)]
struct Away(AtomicU32);

#[async_trait]
impl Store for Away {
    async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn read(&self, key: &ObjectKey, _: u64, _: &mut [u8]) -> Result<(), StoreError> {
        Err(StoreError::Short(key.to_string()))
    }

    async fn put_report(&self, _: &ObjectKey, _: Vec<u8>) -> Result<(), StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(StoreError::NotAnswering("no route".to_owned()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_less_and_less_often_and_at_once_when_there_is_something_new() {
    let (mut world, store) = (World::new(0), Arc::new(Away::default()));
    world.platform.store = store.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    reporter.identified(&world.platform.host.facts().await.unwrap());
    tokio::time::sleep(Duration::from_hours(1)).await;
    let asked = store.0.load(Ordering::SeqCst);
    assert!((60..140).contains(&asked), "{asked} times in an hour");
    reporter.enter(Phase::Fetch);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let more = store.0.load(Ordering::SeqCst) - asked;
    assert!((3..7).contains(&more), "{more} times in the next 10 s");
}
