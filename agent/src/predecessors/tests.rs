//! Predecessors on an engine in memory, with a clock that jumps.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::{Fake, serving};

/// The platform with this engine, and the containers as an agent of v2 sees them.
async fn survey(world: &mut World, fake: &Arc<Fake>) -> Survey {
    world.platform.engine = fake.clone();
    world.boot_file.release = "v2".parse().unwrap();
    Survey::take(&world.platform, &Kin::new(&world.boot_file)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_served_is_set_aside_at_once_and_comes_back() {
    let (mut world, began) = (World::new(0), Instant::now());
    let fake = Arc::new(Fake::with(["v1-web", "v1-worker"].map(|id| serving(id, "v1"))));
    let before = survey(&mut world, &fake).await;
    set_aside(&world.platform, &before).await.unwrap();
    assert_eq!(fake.story(), ["v1-web.set-aside stopped", "v1-worker.set-aside stopped"]);
    assert!(began.elapsed() < Duration::from_secs(15), "one after the other: {:?}", began.elapsed());

    let aside = survey(&mut world, &fake).await;
    assert_eq!(restore(&world.platform, &aside).await.unwrap().to_string(), "v1 is serving again");
    assert_eq!(fake.story(), ["v1-web running always", "v1-worker running always"]);
}

#[tokio::test(start_paused = true)]
async fn one_container_that_does_not_come_back_keeps_no_other_from_it() {
    let mut world = World::new(0);
    let stopped = |id| ContainerFacts { is_running: false, ..serving(id, "v1") };
    let containers = ["v1-cron", "v1-web", "v1-worker"].map(stopped);
    let fake = Arc::new(Fake { broken: vec!["v1-cron".to_owned()], ..Fake::with(containers) });
    let survey = survey(&mut world, &fake).await;
    assert!(restore(&world.platform, &survey).await.is_err());
    assert_eq!(fake.story(), ["v1-cron stopped always", "v1-web running always", "v1-worker running always"]);
}
