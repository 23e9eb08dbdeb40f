//! One file per command, each with its arguments and one public function.

pub mod abort;
pub mod app;
pub mod check;
pub mod completions;
pub mod config;
pub mod config_schema;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod exec;
pub mod image;
pub mod init;
pub mod install;
pub mod lock;
pub mod logs;
pub mod man;
pub mod policy;
pub mod releases;
pub mod rollback;
pub mod run;
pub mod scale;
pub mod status;
pub mod template;
pub mod uninstall;
mod terms;
pub mod wait;
