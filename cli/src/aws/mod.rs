//! The AWS side of the seams. Nothing outside this folder names a type of the SDK.

pub mod account;
pub mod fault;
pub mod fleet;
pub mod network;
pub mod stack;
