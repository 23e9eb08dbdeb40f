//! Serving on an engine in memory, with a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jetway_common::document::Document as _;
use jetway_common::report::BootReport;
use jetway_common::seconds::Seconds;
use tokio::sync::watch::Sender;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::{Fake, serving};
use crate::steps::probe::tests::{checked_every, start_anew, worker};

/// Ten minutes of serving on `fake`, until the agent is stopped.
async fn ten_minutes(world: &mut World, fake: &Arc<Fake>) {
    world.platform.engine = fake.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    reporter.identified(&world.platform.host.facts().await.unwrap());
    let end = Sender::new(None);
    let mut endings = Endings::new(end.subscribe());
    let serving = Serving { opened: worker(world), images: Images::default() };
    let later = async {
        tokio::time::sleep(Duration::from_mins(10)).await;
        end.send_replace(Some(Ending::Stop));
    };
    let (ending, ()) = tokio::join!(serve(&world.platform, &reporter, serving, &mut endings), later);
    assert_eq!(ending, Ending::Stop);
    reporter.flush().await;
}

#[tokio::test(start_paused = true)]
async fn a_report_is_written_when_it_says_something_new_and_as_a_sign_of_life() {
    let (mut world, fake) = (World::new(0), Arc::new(Fake::with([serving("v1-web", "v1")])));
    world.platform.heartbeat = crate::aws::HEARTBEAT;
    ten_minutes(&mut world, &fake).await;
    // One at the start, one with the containers, ten or eleven signs of life; 120 looks told nothing new.
    assert!((10..15).contains(&world.reports()), "{}", world.reports());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_brought_back_is_told_and_tried_less_and_less_often() {
    let (mut world, fake) = (World::new(0), Arc::new(Fake::default()));
    ten_minutes(&mut world, &fake).await;
    // 120 looks, and a list for each try beside them.
    let lists = fake.lists.load(Ordering::SeqCst);
    assert!((120..150).contains(&lists), "{lists}");
    let report = BootReport::from_bytes(&std::fs::read(world.platform.run_dir.report()).unwrap()).unwrap();
    assert_eq!(report.failure.unwrap().reason, "container `web` has no image");
    assert!(!report.containers.values().any(|container| container.healthy));
}

/// What the report says of the container `web`, and of the last failure.
async fn told(reporter: &Reporter, world: &World) -> (bool, Option<String>) {
    reporter.flush().await;
    let report = BootReport::from_bytes(&std::fs::read(world.platform.run_dir.report()).unwrap()).unwrap();
    let is_healthy = report.containers.values().all(|container| container.healthy);
    (is_healthy, report.failure.map(|failure| failure.reason))
}

/// What is told before each of three restarts within ten minutes, and later.
async fn three_restarts(restart: impl Fn(&Fake)) -> Vec<(bool, Option<String>)> {
    let (mut world, fake) = (World::new(0), Arc::new(Fake::with([serving("v1-web", "v1")])));
    world.platform.engine = fake.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    reporter.identified(&world.platform.host.facts().await.unwrap());
    let end = Sender::new(None);
    let mut endings = Endings::new(end.subscribe());
    let serving = Serving { opened: worker(&world), images: Images::default() };
    let later = async {
        let mut story = Vec::new();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(50)).await;
            story.push(told(&reporter, &world).await);
            restart(&fake);
        }
        for seconds in [50, 65] {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            story.push(told(&reporter, &world).await);
        }
        end.send_replace(Some(Ending::Stop));
        story
    };
    tokio::join!(serve(&world.platform, &reporter, serving, &mut endings), later).1
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_restarted_over_and_over_is_ill_until_it_stays_up() {
    let story = three_restarts(start_anew).await;
    let reason = Some("container `web` does not stay up: restarted 3 times or more within 10 min".to_owned());
    let well = (true, None);
    assert_eq!(story, [well.clone(), well.clone(), well.clone(), (false, reason), well]);
}

#[tokio::test(start_paused = true)]
async fn a_docker_that_is_restarted_over_and_over_and_takes_a_container_along_says_nothing_about_it() {
    let restart = |fake: &Fake| {
        start_anew(fake);
        fake.hang_up.notify_waiters();
    };
    assert_eq!(three_restarts(restart).await, vec![(true, None); 5]);
}

#[tokio::test(start_paused = true)]
async fn containers_are_looked_at_every_five_seconds_however_seldom_the_health_check_is_asked() {
    let (mut world, fake) = (World::new(0), Arc::new(Fake::default()));
    world.platform.engine = fake.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    let end = Sender::new(None);
    let mut endings = Endings::new(end.subscribe());
    let opened = checked_every(&world, Seconds(300));
    let later = async {
        tokio::time::sleep(Duration::from_secs(52)).await;
        end.send_replace(Some(Ending::Stop));
    };
    let serving = Serving { opened, images: Images::default() };
    tokio::join!(serve(&world.platform, &reporter, serving, &mut endings), later);
    let lists = fake.lists.load(Ordering::SeqCst);
    assert!(lists >= 11, "{lists}");
}
