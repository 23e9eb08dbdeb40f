//! The image store as its users see it: every test runs the built program on a home of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends with a panic")]

mod archive;
mod lab;

mod accepts;
mod damage;
mod export;
mod prune;
mod refuses_archives;
mod refuses_entries;
mod refuses_images;
