//! The image store: where images come from, how they stand in the store, and what is done with them there.

mod index;
mod manifest;
mod read;
mod refusal;
mod source;
mod staging;

pub mod publish;

pub use index::{ImageIndex, IndexEntry};
pub use manifest::load;
pub use publish::{Published, Wanted, Watch, publish};
pub use source::Source;
