//! The platform `local`: this machine is the only instance, the store is a folder, the key a file.

pub mod host;
pub mod key;
pub mod store;
