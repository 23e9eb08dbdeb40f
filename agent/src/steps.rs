//! The steps of the boot, in order, one public function each.

pub mod identify;
pub mod fetch;
pub mod unseal;
pub mod pull;
pub mod start;
pub mod probe;
pub mod ready;
