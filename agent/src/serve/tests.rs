//! Serving on an engine in memory, with a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jetway_common::document::Document as _;
use jetway_common::report::BootReport;
use tokio::sync::watch::Sender;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::{Fake, serving};
use crate::steps::probe::tests::worker;

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
