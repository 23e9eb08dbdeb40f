//! The whole product: releases on an emulated AWS whose instances are machines with systemd, Docker and the installed package.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

mod admin;
mod agent;
mod boot_file;
mod chain;
mod cut_off;
mod disk;
mod failing;
mod illness;
mod imds;
mod later;
mod leaving;
mod metadata;
mod one_off;
mod permissions;
mod power;
mod remote;
mod run_folder;
mod secrets;
mod shutdown;
mod steady;
mod stock;
