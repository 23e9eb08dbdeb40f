//! One file per command, each with its arguments and one public function.

pub mod init;
pub mod check;
pub mod config_schema;
pub mod image;
pub mod config;
pub mod deploy;
pub mod rollback;
pub mod releases;
pub mod diff;
pub mod status;
pub mod wait;
pub mod abort;
pub mod logs;
pub mod exec;
pub mod run;
pub mod scale;
pub mod lock;
pub mod destroy;
pub mod doctor;
pub mod completions;
pub mod man;
