//! One layer on its way into the store: it waits in memory until its digest is known, as long as there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use jetway_common::digest::{Digest, Hasher};
use jetway_common::layout::{ImageKeys, ObjectKey};
use tokio::sync::mpsc;

use crate::image::read::frames::Packing;
use crate::platform::{Store, Upload};

/// A blob of up to this many bytes is stored with one request when it gets its name.
const SMALL: usize = 8 * 1024 * 1024;
/// What all layers that wait may take together, in bytes. One that waits is sent to its final place; what does not fit is
/// sent under another name, and copied within the store at its end.
const MOST_WAITING: usize = 256 * 1024 * 1024;

/// What was written of a layer.
pub(super) struct Blob {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) frames: Vec<u32>,
    /// All of it, where it is small: then nothing was uploaded yet.
    pub(super) held: Option<Vec<u8>>,
}

/// Writes one layer.
pub(super) struct Writer<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) images: &'a ImageKeys,
    /// The name of the upload.
    pub(super) key: ObjectKey,
    pub(super) room: Arc<Room>,
}

impl Writer<'_> {
    pub(super) async fn write(self, mut frames: mpsc::Receiver<Packing>) -> anyhow::Result<Blob> {
        let (mut upload, mut waiting) = (None, Waiting { frames: Vec::new(), room: &self.room });
        let (mut hasher, mut size, mut sizes) = (Hasher::default(), 0, Vec::new());
        while let Some(packing) = frames.recv().await {
            let packed = packing.await.context("a layer could not be compressed")?;
            let packed = packed.context("a layer could not be compressed")?;
            let bytes = &packed.bytes;
            hasher.update(bytes);
            size += bytes.len() as u64;
            sizes.push(u32::try_from(bytes.len())?);
            if upload.is_none() && waiting.takes(bytes) {
                continue;
            }
            let upload = match &mut upload {
                Some(upload) => upload,
                None => upload.insert(waiting.leave(self.store.upload(&self.key, None).await?).await?),
            };
            upload.write(bytes.clone()).await?;
        }
        let digest = hasher.finish();
        let held = match upload {
            Some(upload) => upload.finish().await.map(|()| None)?,
            None if size <= SMALL as u64 => Some(waiting.frames.concat()),
            None => {
                let upload = self.store.upload(&self.key, Some(&self.images.blob(&digest))).await?;
                waiting.leave(upload).await?.finish().await.map(|()| None)?
            }
        };
        Ok(Blob { digest, size, frames: sizes, held })
    }
}

/// The frames of one layer that wait.
struct Waiting<'a> {
    frames: Vec<Bytes>,
    room: &'a Room,
}

impl Waiting<'_> {
    /// Whether there is room for this frame, which then waits.
    fn takes(&mut self, frame: &Bytes) -> bool {
        let has_room = self.room.take(frame.len());
        if has_room {
            // A compressed frame is in memory that is as large as it was before.
            self.frames.push(Bytes::copy_from_slice(frame));
        }
        has_room
    }

    /// Sends them all, and makes room.
    async fn leave(&mut self, mut upload: Box<dyn Upload>) -> anyhow::Result<Box<dyn Upload>> {
        for frame in std::mem::take(&mut self.frames) {
            let length = frame.len();
            upload.write(frame).await?;
            self.room.give(length);
        }
        Ok(upload)
    }
}

/// The memory that is left for layers that wait, in bytes.
pub(super) struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MOST_WAITING))
    }
}

impl Room {
    /// Whether there are `bytes` left, which are then taken.
    fn take(&self, bytes: usize) -> bool {
        let taken = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}
