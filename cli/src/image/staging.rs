//! Layers on their way into the store: written as uploads that nobody sees, then given their names or removed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jetway_common::digest::{Digest, Hasher};
use jetway_common::document::Document as _;
use jetway_common::image::Layer;
use jetway_common::layout::{ImageKeys, ObjectKey};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::manifest::known_layer;
use super::publish::Watch;
use super::read::candidate::{Candidate, Place};
use super::read::frames::Packing;
use super::read::image_config::Chosen;
use super::read::input::Meter;
use super::read::layer::{LayerIntake, Request};
use super::refusal::Failure;
use crate::error::UserError;
use crate::platform::{Store, Upload, Written};

/// No push takes this long, so an older upload belongs to one that was killed.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// A blob of up to this many bytes waits in memory until it has a name: one request then, instead of six.
const SMALL: usize = 8 * 1024 * 1024;
/// What all blobs that wait may take together, in bytes.
const ALL_SMALL: usize = 4 * SMALL;
const REFRESH: Duration = Duration::from_millis(200);

/// The uploads of one push.
pub(crate) struct Staging<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    keys: Vec<ObjectKey>,
    written: BTreeMap<usize, Blob>,
}

/// What became of an upload.
struct Blob {
    digest: Digest,
    size: u64,
    frames: Vec<u32>,
    /// All of it, where it is small: then nothing was uploaded yet.
    held: Option<Vec<u8>>,
}

/// What a finished reader leaves.
pub(crate) struct Taken {
    pub(crate) image: Chosen,
    pub(crate) bytes_read: u64,
}

impl<'a> Staging<'a> {
    pub(crate) fn new(store: &'a dyn Store, images: &'a ImageKeys) -> Self {
        Self { store, images, keys: Vec::new(), written: BTreeMap::new() }
    }

    /// Runs `read` on a thread of its own and stores the layers that it hands over.
    pub(crate) async fn take<F>(
        &mut self,
        read: F,
        total: Option<u64>,
        watch: &Watch<'_>,
    ) -> anyhow::Result<Result<Taken, Failure>>
    where
        F: FnOnce(LayerIntake) -> Result<Chosen, Failure> + Send + 'static,
    {
        let (sender, mut requests) = mpsc::channel(1);
        let meter = Arc::new(Meter::default());
        let _stop = StopOnDrop(Arc::clone(&meter));
        let intake = LayerIntake::new(sender, Handle::current(), Arc::clone(&meter));
        let reading = tokio::task::spawn_blocking(move || read(intake));
        let (store, images) = (self.store, self.images);
        let (mut writers, room) = (FuturesUnordered::new(), Arc::new(Room(AtomicUsize::new(ALL_SMALL))));
        let mut refresh = tokio::time::interval(REFRESH);
        let mut is_open = true;
        while is_open || !writers.is_empty() {
            tokio::select! {
                () = watch.stop.cancelled() => return Err(interrupted()),
                request = requests.recv(), if is_open => match request {
                    None => is_open = false,
                    Some(Request::Known(diff_id, answer)) => {
                        // A reader that has ended does not need the answer.
                        let _ = answer.send(known_layer(store, images, &diff_id).await?);
                    }
                    Some(Request::Upload(number, frames)) => {
                        let key = images.upload(&crate::nonce::nonce());
                        self.keys.push(key.clone());
                        let room = Arc::clone(&room);
                        writers.push(async move { anyhow::Ok((number, write(store, &key, frames, &room).await?)) });
                    }
                },
                Some(written) = writers.next(), if !writers.is_empty() => {
                    let (number, blob) = written?;
                    self.written.insert(number, blob);
                }
                _ = refresh.tick() => watch.step.bytes(meter.raw(), total),
            }
        }
        let image = reading.await.context("the reader of the image ended unexpectedly")?;
        Ok(image.map(|image| Taken { image, bytes_read: meter.raw() }))
    }

    /// The stored layer for `candidate`, and whether it is new: then its upload gets its name, and its pointer is written.
    pub(crate) async fn settle(&self, candidate: &Candidate) -> anyhow::Result<(Layer, bool)> {
        let number = match &candidate.at {
            Place::Store(layer) => return Ok((Layer::clone(layer), false)),
            Place::Upload(number) => *number,
            Place::Nowhere => anyhow::bail!("layer {} was not kept", candidate.diff_id.short()),
        };
        let (Some(blob), Some(key)) = (self.written.get(&number), self.keys.get(number)) else {
            anyhow::bail!("layer {} was not written", candidate.diff_id.short());
        };
        if let Some(layer) = known_layer(self.store, self.images, &candidate.diff_id).await? {
            return Ok((layer, false));
        }
        let layer = Layer {
            diff_id: candidate.diff_id.clone(),
            plain_size: candidate.plain_size,
            digest: blob.digest.clone(),
            size: blob.size,
            frames: blob.frames.clone(),
        };
        let place = self.images.blob(&layer.digest);
        match &blob.held {
            // What is there already has the same digest.
            Some(bytes) => drop(self.store.put_new(&place, bytes).await?),
            None => self.store.settle(key, &place).await?,
        }
        self.point(&layer).await?;
        Ok((layer, true))
    }

    /// A pointer that leads nowhere is replaced; one that another push wrote just now is as good as ours.
    async fn point(&self, layer: &Layer) -> anyhow::Result<()> {
        let (key, bytes) = (self.images.layer(&layer.diff_id), layer.to_bytes()?);
        if self.store.put_new(&key, &bytes).await? == Written::Lost
            && known_layer(self.store, self.images, &layer.diff_id).await?.is_none()
        {
            self.store.delete(&key).await?;
            let _ = self.store.put_new(&key, &bytes).await?;
        }
        Ok(())
    }

    /// Removes every upload that did not get a name.
    pub(crate) async fn discard(self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        for key in &self.keys {
            outcome = outcome.and(self.store.abandon(key).await);
        }
        Ok(outcome?)
    }
}

/// Removes what pushes that were killed left behind.
pub(crate) async fn sweep(store: &dyn Store, images: &ImageKeys, now: Timestamp) -> anyhow::Result<()> {
    for entry in store.list(&images.uploads()).await? {
        if now.duration_since(entry.written_at) > STALE && entry.name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            store.delete(&images.upload(&entry.name)).await?;
        }
    }
    Ok(())
}

async fn write(
    store: &dyn Store,
    key: &ObjectKey,
    mut frames: mpsc::Receiver<Packing>,
    room: &Room,
) -> anyhow::Result<Blob> {
    let (mut upload, mut held) = (None, Vec::new());
    let (mut hasher, mut size, mut sizes) = (Hasher::default(), 0, Vec::new());
    while let Some(packing) = frames.recv().await {
        let packed =
            packing.await.context("a layer could not be compressed")?.context("a layer could not be compressed")?;
        let bytes = &packed.bytes;
        hasher.update(bytes);
        size += bytes.len() as u64;
        sizes.push(u32::try_from(bytes.len())?);
        if upload.is_none() && held.len() + bytes.len() <= SMALL && room.take(bytes.len()) {
            held.extend_from_slice(bytes);
            continue;
        }
        let upload = match &mut upload {
            Some(upload) => upload,
            None => upload.insert(begin(store, key, std::mem::take(&mut held), room).await?),
        };
        upload.write(bytes.clone()).await?;
    }
    let held = match upload {
        Some(upload) => upload.finish().await.map(|()| None)?,
        None => Some(held),
    };
    Ok(Blob { digest: hasher.finish(), size, frames: sizes, held })
}

/// Begins an upload with what was held of it until now.
async fn begin(store: &dyn Store, key: &ObjectKey, held: Vec<u8>, room: &Room) -> anyhow::Result<Box<dyn Upload>> {
    let mut upload = store.upload(key).await?;
    room.give(held.len());
    if !held.is_empty() {
        upload.write(held.into()).await?;
    }
    Ok(upload)
}

/// The memory that is left for blobs that wait, in bytes.
struct Room(AtomicUsize);

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

/// Whatever ends the push also ends the thread that reads.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn interrupted() -> anyhow::Error {
    UserError::failed("interrupted; nothing was stored").into()
}
