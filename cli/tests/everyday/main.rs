//! The commands of every day, as they are seen from outside: without Docker, and with a real one.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and end")]

macro_rules! assert_told {
    ($world:expr, $line:expr, @$snapshot:literal) => {
        $crate::support::settings(&$world).bind(|| insta::assert_snapshot!($world.jetway($line).all(), @$snapshot))
    };
}

#[path = "../support/release.rs"]
mod release;
#[path = "../support/mod.rs"]
mod support;

mod doctor;
mod help;
mod logs;
mod manifest;
mod programs;
