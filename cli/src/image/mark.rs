//! The mark of a prune in the index: nobody puts an image into the index while it is there, so that what no image in it
//! needs may go.
//!
//! It is a lease. Whoever finds it older than that goes on, and changes the index: then it cannot be renewed any more.

use jetway_common::layout::ImageKeys;
use jetway_common::lock::RENEWAL;
use jiff::{SignedDuration, Timestamp};

use super::index::ImageIndex;
use crate::error::UserError;
use crate::nonce::nonce;
use crate::platform::{Store, Written};

/// The mark of one prune.
pub(super) struct Mark<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    /// What marks it now. It is another each time, so that nobody takes a renewed mark for the one that ran out.
    name: String,
    index: ImageIndex,
    /// When it was sent last, by this machine's clock, which goes on while the machine sleeps.
    sent_at: Timestamp,
}

impl<'a> Mark<'a> {
    /// Writes `index` with a mark; none if somebody changed it since it was read.
    pub(super) async fn set(
        store: &'a dyn Store,
        images: &'a ImageKeys,
        index: ImageIndex,
    ) -> anyhow::Result<Option<Self>> {
        let mut mark = Self { store, images, name: nonce(), index, sent_at: Timestamp::now() };
        Ok(mark.write().await?.then_some(mark))
    }

    /// Makes sure that it is there, for a good while longer.
    pub(super) async fn keep(&mut self) -> anyhow::Result<()> {
        if Timestamp::now().duration_since(self.sent_at) < SignedDuration::from_secs(i64::from(RENEWAL.0)) {
            return Ok(());
        }
        if self.write().await? {
            return Ok(());
        }
        let error = UserError::failed("the prune was held up, and others went on meanwhile; the rest stays for now");
        Err(error.hint("run the command again").into())
    }

    /// Takes it away; another may have done that.
    pub(super) async fn lift(mut self) -> anyhow::Result<()> {
        self.index.end_prune(&self.name);
        let _ = self.index.write(self.store, self.images).await?;
        Ok(())
    }

    /// Whether the index is as it was when it was read or written last, and has the mark now.
    async fn write(&mut self) -> anyhow::Result<bool> {
        (self.name, self.sent_at) = (nonce(), Timestamp::now());
        self.index.begin_prune(&self.name);
        if self.index.write(self.store, self.images).await? == Written::Lost {
            return Ok(false);
        }
        self.index = ImageIndex::read(self.store, self.images).await?;
        Ok(self.index.is_pruned_by(&self.name))
    }
}
