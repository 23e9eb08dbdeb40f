//! `jetway`: publishes images and config, starts releases, watches them and explains.

pub mod args;
pub mod commands;
pub mod dispatch;
pub mod manifest_file;
pub mod offline;
pub mod session;

pub mod config;
pub mod launch;
pub mod lease;
pub mod origin;
pub mod releases;
pub mod watch;

pub mod docker;
pub mod fleet;
pub mod image;
pub mod local;
pub mod platform;

pub mod error;
pub mod nearest;
pub mod nonce;
pub mod printer;
pub mod progress;
pub mod table;
pub mod terminal;
