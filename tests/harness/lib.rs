//! What the stories are told with: a world of its own for each, with the built programs and a real Docker engine.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on must say so and end"
)]
#![expect(clippy::print_stderr, reason = "the test runner shows it with the failed test")]
#![expect(clippy::return_self_not_must_use, reason = "what is asserted need not be used further")]

pub mod aws;
mod aws_terminal;
pub mod aws_user;
pub mod booted;
pub mod docker;
pub mod ec2;
pub mod engine;
pub mod fleet;
pub mod http;
pub mod images;
pub mod instance;
pub mod misfortune;
pub mod outcome;
pub mod packages;
pub mod programs;
pub mod shared;
pub mod stream;
pub mod withheld;
pub mod world;

/// Waits until `condition` gives something, and fails with `what` after `seconds`.
#[track_caller]
pub fn eventually<T>(what: &str, seconds: u64, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "not within {seconds} s: {what}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
