//! The AWS side of the seams. Nothing outside this folder names a type of the SDK.

pub mod account;
pub mod certificates;
pub mod fault;
pub mod fleet;
pub mod log_groups;
pub mod network;
pub mod stack;
