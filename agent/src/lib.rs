//! `jetway-agent` in reading order: the story is `run`, `boot`, `serve`; what the outside world must offer is `platform`.

pub mod args;
pub mod run;
pub mod boot;
pub mod attempt;
pub mod steps;
pub mod serve;
pub mod watch;
pub mod illness;
pub mod leave;
pub mod aftermath;
pub mod tell;
pub mod hold;

pub mod predecessors;
pub mod removal;
pub mod one_off;
pub mod config_files;
pub mod port;
pub mod disk;
pub mod health;
pub mod registry;
pub mod layers;
pub mod archive;

pub mod platform;
pub mod engine;
pub mod error;
pub mod reporter;
pub mod ending;
pub mod run_dir;
pub mod file;
pub mod text;
pub mod failpoint;
pub mod output;

pub mod local;
pub mod aws;
pub mod docker;
pub mod systemd;

pub mod guard;
pub mod status;
pub mod doctor;
