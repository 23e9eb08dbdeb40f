//! The real agent as an instance on an emulated AWS: real Docker, emulated metadata, permissions that count.

mod boots;
mod faults;
mod refusals;
mod signals;
