//! The image store: where images come from, how they stand in the store, and what is done with them there.

mod copy;
mod export;
mod find;
mod handover;
mod index;
mod manifest;
mod mark;
mod prune;
mod publish;
mod published;
mod read;
mod recorder;
mod refusal;
mod retention;
mod source;
mod staging;

pub use copy::{Copied, copy};
pub use export::{Sink, export};
pub use find::{Found, find};
pub use index::{ImageIndex, IndexEntry};
pub use manifest::load;
pub use prune::{Pruned, Young, prune};
pub(crate) use publish::engine::not_found;
pub use publish::{Wanted, Watch, publish};
pub use published::{Published, Way};
pub use source::Source;
