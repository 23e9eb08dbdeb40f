//! The whole product: releases on an emulated AWS whose instances are machines with systemd, Docker and the installed package.

mod agent;
mod chain;
mod failing;
mod later;
mod leaving;
mod secrets;
