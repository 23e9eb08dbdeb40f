//! `jetway config`, as it is seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

macro_rules! assert_told {
    ($world:expr, $line:expr, @$snapshot:literal) => {
        $crate::support::settings(&$world).bind(|| insta::assert_snapshot!($world.jetway($line).all(), @$snapshot))
    };
}

#[path = "../support/mod.rs"]
mod support;

mod files;
mod json;
mod refusals;
mod sealed;
mod values;

use support::World;

/// Stands for every secret: it must never be seen unless it is asked for.
const CANARY: &str = "c4n4ry-s3cr3t";

fn two_versions() -> World {
    let world = World::new();
    world.run(["config", "set", "local", "GREETING=hello there", "LEVEL=info"]).ok();
    world.jetway_with("config set local KEY -", format!("{CANARY}\n")).ok();
    world
}
