//! Keeps whoever waits waiting: the supervisor by signs of life, the fleet by heartbeats, while something takes its time.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::platform::{Hold, Platform, Supervision};

/// How often systemd's watchdog hears of the agent.
const ALIVE: Duration = Duration::from_secs(1);
/// Half of the shortest time that a lifecycle hook may have:
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Does `work`; meanwhile nobody loses patience with the agent or, because of `hold`, with the instance.
pub async fn hold<T>(platform: &Platform, hold: Option<Hold>, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut beats = std::pin::pin!(heartbeats(platform, hold));
    let mut alive = tokio::time::interval(ALIVE);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut beats => {}
            _ = alive.tick() => platform.host.notify(Supervision::Alive),
        }
    }
}

/// Never ends: a heartbeat that fails is said once, and tried again, for the wait may go on all the same.
async fn heartbeats(platform: &Platform, hold: Option<Hold>) {
    let Some(hold) = hold else { return std::future::pending().await };
    let mut beats = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = None;
    loop {
        beats.tick().await;
        let reason = platform.fleet.heartbeat(hold).await.err().map(|error| error.to_string());
        if let Some(reason) = reason.as_ref().filter(|_| said != reason) {
            tracing::warn!("{reason}");
        }
        said = reason;
    }
}
