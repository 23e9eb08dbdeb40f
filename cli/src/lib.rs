//! `jetway`: publishes images and config, starts releases, watches them and explains.

pub mod args;
pub mod commands;
pub mod dispatch;
pub mod offline;
pub mod session;
pub mod stack_session;

pub mod manifest_file;
pub mod installation_file;
pub mod certificate;
pub mod place;
pub mod config;
pub mod image;
pub mod publish;
pub mod running;
pub mod spot;
pub mod attach;
pub mod origin;
pub mod releases;
pub mod reports;
pub mod draft;
pub mod lease;
pub mod launch;
pub mod watch;
pub mod conclude;
pub mod outcome;
pub mod survey;
pub mod reply;
pub mod remote;
pub mod on_instance;

pub mod template;

pub mod fleet;
pub mod platform;
pub mod local;
pub mod aws;
pub mod docker;

pub mod error;
pub mod local_time;
pub mod nearest;
pub mod nonce;
pub mod printer;
mod confirm;
pub mod progress;
pub mod signals;
pub mod table;
pub mod terminal;
