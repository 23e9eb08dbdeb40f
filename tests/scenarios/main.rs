//! Stories across both programs. They need a Docker engine, and fail where none answers: `make test` starts one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say so and end")]

mod aws_app;
mod aws_deploy;
mod aws_install;
mod aws_store;
mod aws_agent;
mod deploy;
mod disk;
mod engine;
mod engines;
mod failures;
mod interruptions;
mod kills;
mod lock;
mod manners;
mod packages;
mod publish;
mod real_images;
mod secrets;
mod storage;
