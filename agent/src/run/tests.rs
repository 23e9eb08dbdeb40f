//! An agent's life on a machine that takes its time, with a clock that jumps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jetway_common::container::Facts;
use tokio::time::Instant;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::Fake;
use crate::platform::{Descent, Host, HostError};

/// Metadata has been seen to need ten seconds for each answer; a question takes several.
const SLOW: Duration = Duration::from_secs(40);

/// A machine whose answers take their time, and when it was told that the agent is alive.
#[derive(Default)]
struct Slow(Mutex<Vec<Instant>>);

#[async_trait]
impl Host for Slow {
    async fn facts(&self) -> Result<Facts, HostError> {
        tokio::time::sleep(SLOW).await;
        Ok(Facts { instance: "i-0abc".parse().unwrap(), region: None, bucket: None })
    }

    async fn notice(&self) -> Result<Notice, HostError> {
        tokio::time::sleep(SLOW).await;
        Ok(Notice::Stay)
    }

    fn look_every(&self) -> Duration {
        Duration::from_secs(5)
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

    fn notify(&self, state: Supervision<'_>) {
        if matches!(state, Supervision::Alive) {
            self.0.lock().unwrap().push(Instant::now());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_waits_for_slow_metadata_gives_signs_of_life_from_the_beginning() {
    let (mut world, host, began) = (World::new(0), Arc::new(Slow::default()), Instant::now());
    world.platform.host = host.clone();
    world.platform.engine = Arc::new(Fake::default());
    let error = run(&world.platform, &world.boot_file).await.unwrap_err();
    assert!(error.to_string().starts_with("shop v1 failed in unseal: "), "{error}");
    let signs = [vec![began], host.0.lock().unwrap().clone()].concat();
    let longest = signs.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(began.elapsed() > 2 * SLOW && longest < Duration::from_secs(5), "{longest:?}");
}
