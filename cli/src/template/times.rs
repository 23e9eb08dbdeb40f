//! The times of a stack that follow from what the manifest says.

use jetway_common::machine::Machine;
use jetway_common::manifest::Settings;
use jetway_common::release::{Http, ReleaseRecord};
use jetway_common::seconds::Seconds;

/// What a first boot on a stock AMI may take before the containers start: Docker, and a large image.
const BOOT: u32 = 600;
/// What EC2 may take from a launch until the agent starts, and a signal until it arrives.
const LAUNCH: u32 = 180;
/// What there is to do between the steps of an ending: reports, and AWS noticing.
const MARGIN: u32 = 60;

/// How long the load balancer lets an instance that leaves finish its requests: as the manifest says, else as long as its
/// containers may take.
pub fn draining(settings: &Settings) -> Seconds {
    let said = settings.load_balancer.as_ref().and_then(|balancer| balancer.draining);
    said.unwrap_or_else(|| stopping(settings))
}

/// The same for a release that was made before.
pub fn draining_of(record: &ReleaseRecord, machine: &Machine) -> Seconds {
    let stopping = longest(record.containers.values().map(|container| container.settings.stop_timeout));
    Seconds(machine.drained_within.0.saturating_sub(stopping.0 + MARGIN))
}

/// How long the containers may take to stop.
fn stopping(settings: &Settings) -> Seconds {
    longest(settings.containers.values().map(|container| container.settings.stop_timeout))
}

fn longest(stop_timeouts: impl Iterator<Item = Seconds>) -> Seconds {
    stop_timeouts.max().unwrap_or(Seconds(30))
}

/// How long the agent of an instance may take from its start until the instance is ready.
pub fn deadline(http: Option<&Http>) -> Seconds {
    Seconds(BOOT + http.map_or(0, |http| http.health.grace.0))
}

/// How long an instance may take from its launch until it is ready: longer than its agent, whose reasons must come first.
pub fn ready_within(http: Option<&Http>) -> Seconds {
    Seconds(LAUNCH + deadline(http).0)
}

/// How long the agent may take where an instance must be ready within `timeout` of its launch.
pub fn deadline_within(timeout: Seconds) -> Seconds {
    Seconds(timeout.0.saturating_sub(LAUNCH).max(timeout.0 / 2))
}

/// How long an instance that ends may take: first its requests, then its containers.
pub fn drained_within(settings: &Settings) -> Seconds {
    Seconds(draining(settings).0 + stopping(settings).0 + MARGIN)
}
