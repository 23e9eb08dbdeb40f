//! The end of a machine whose load balancer is slow, with a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jetway_common::console::ConsoleLine;
use tokio::sync::watch;
use tokio::time::Instant;

use super::*;
use crate::aftermath::Aftermath;
use crate::attempt::BootTime;
use crate::attempt::tests::World;
use crate::ending::{Ending, Endings};
use crate::engine::fake::{Fake, serving};
use crate::error::StepError;
use crate::platform::{Fate, Fleet};

/// A load balancer that may let requests finish for an hour, and whether it was asked to let go.
#[derive(Default)]
struct Slow(AtomicBool);

#[async_trait]
impl Fleet for Slow {
    fn stays(&self) -> bool {
        true
    }

    fn spent(&self) -> Duration {
        Duration::ZERO
    }

    fn say(&self, _: &ConsoleLine) {}

    async fn ready(&self) -> Result<(), StepError> {
        Ok(())
    }

    async fn failed(&self, _: Left) -> Result<Fate, StepError> {
        Ok(Fate::Untold)
    }

    async fn unhealthy(&self) -> Result<(), StepError> {
        self.0.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn let_go(&self) {
        tokio::time::sleep(Duration::from_hours(1)).await;
    }

    async fn heartbeat(&self, _: Hold) -> Result<(), StepError> {
        Ok(())
    }

    async fn drained(&self) -> Result<(), StepError> {
        Ok(())
    }
}

/// A machine goes down: whether its load balancer was asked to let go, what becomes of its container, and how long that takes.
async fn goes_down(engine: Fake, descent: Descent) -> (bool, Vec<String>, Duration) {
    let (mut world, engine, fleet) = (World::new(0), Arc::new(engine), Arc::new(Slow::default()));
    world.platform.fleet = fleet.clone();
    world.platform.engine = engine.clone();
    let (reporter, began) = (Reporter::start(&world.platform, world.boot_file.clone()), Instant::now());
    shut_down(&world.platform, &reporter, &world.boot_file, descent).await;
    (fleet.0.load(Ordering::SeqCst), engine.story(), began.elapsed())
}

/// Docker starts again with the machine what is restarted always.
const STOPPED: [&str; 1] = ["v1-web stopped always"];

#[tokio::test(start_paused = true)]
async fn containers_of_a_machine_that_is_switched_off_stop_before_its_power_is_cut() {
    let (was_asked, story, took) = goes_down(Fake::with([serving("v1-web", "v1")]), Descent::PowerOff).await;
    assert!(was_asked);
    assert_eq!(story, STOPPED);
    assert!(took < Duration::from_mins(2), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn containers_of_a_machine_that_is_rebooted_stop_at_once() {
    let (was_asked, story, took) = goes_down(Fake::with([serving("v1-web", "v1")]), Descent::Reboot).await;
    assert!(!was_asked);
    assert_eq!(story, STOPPED);
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_docker_that_does_not_answer_once_changes_nothing_of_that() {
    let engine = Fake { away: 2.into(), ..Fake::with([serving("v1-web", "v1")]) };
    let (was_asked, story, _) = goes_down(engine, Descent::PowerOff).await;
    assert!(was_asked);
    assert_eq!(story, STOPPED);
}

#[tokio::test(start_paused = true)]
async fn containers_that_outlive_a_boot_that_failed_are_stopped_with_the_machine() {
    let (mut world, engine) = (World::new(0), Arc::new(Fake::with([serving("v1-web", "v1")])));
    world.platform.fleet = Arc::new(Slow::default());
    world.platform.engine = engine.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    let ending = watch::Sender::new(None);
    let time = BootTime::begin(Duration::from_mins(5), Duration::ZERO);
    let (platform, boot_file, endings) = (&world.platform, &world.boot_file, Endings::new(ending.subscribe()));
    let mut aftermath = Aftermath { platform, reporter: &reporter, boot_file, endings, time };
    let failure = StepError::never("the key says no").into_failure(Phase::Unseal);
    let goes_down = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(engine.story(), ["v1-web running always"], "it has served, and may serve now");
        ending.send_replace(Some(Ending::Shutdown(Descent::Reboot)));
    };
    tokio::join!(aftermath.of_failure(failure), goes_down);
    assert_eq!(engine.story(), STOPPED);
}
