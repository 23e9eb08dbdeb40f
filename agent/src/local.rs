//! The platform `local`: this machine is the only instance, the store is a folder, the key a file.

pub mod fleet;
pub mod host;
pub mod key;
pub mod store;

use jetway_common::seconds::Seconds;

/// Writing a file costs nothing.
pub const HEARTBEAT: Seconds = Seconds(10);
