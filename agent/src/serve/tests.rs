//! Serving on an engine in memory, with a clock that jumps.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jetway_common::document::Document as _;
use jetway_common::report::BootReport;
use tokio::sync::watch::Sender;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::Fake;
use crate::steps::probe::tests::worker;

#[tokio::test(start_paused = true)]
async fn what_cannot_be_brought_back_is_told_and_tried_less_and_less_often() {
    let (mut world, fake) = (World::new(0), Arc::new(Fake::default()));
    world.platform.engine = fake.clone();
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    reporter.identified(&world.platform.host.facts().await.unwrap());
    let end = Sender::new(None);
    let mut endings = Endings::new(end.subscribe());
    let serving = Serving { opened: worker(&world), images: Images::default() };
    let later = async {
        tokio::time::sleep(Duration::from_mins(10)).await;
        end.send_replace(Some(Ending::Stop));
    };
    let (ending, ()) = tokio::join!(serve(&world.platform, &reporter, serving, &mut endings), later);
    assert_eq!(ending, Ending::Stop);
    // 120 looks, and a list for each try beside them.
    let lists = fake.lists.load(Ordering::SeqCst);
    assert!((120..150).contains(&lists), "{lists}");
    reporter.flush().await;
    let report = BootReport::from_bytes(&std::fs::read(world.platform.run_dir.report()).unwrap()).unwrap();
    assert_eq!(report.failure.unwrap().reason, "container `web` has no image");
    assert!(!report.containers.values().any(|container| container.healthy));
}
