//! `jetway`: publishes images and config, starts releases, watches them and explains.

pub mod args;
pub mod dispatch;
pub mod commands;
pub mod session;
pub mod offline;
pub mod manifest_file;

pub mod origin;
pub mod releases;
pub mod lease;
pub mod launch;
pub mod watch;

pub mod platform;
pub mod fleet;
pub mod local;
pub mod docker;
pub mod image;

pub mod printer;
pub mod progress;
pub mod error;
pub mod nonce;
