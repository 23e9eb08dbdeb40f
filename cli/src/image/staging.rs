//! Layers on their way into the store: written as uploads that nobody sees, then given their names or removed.

mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jetway_common::digest::Digest;
use jetway_common::document::Document as _;
use jetway_common::image::Layer;
use jetway_common::layout::{ImageKeys, ObjectKey};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use self::writer::{Blob, Room, Writer};
use super::manifest::known_layer;
use super::publish::Watch;
use super::read::candidate::{Candidate, Place};
use super::read::image_config::Chosen;
use super::read::input::Meter;
use super::read::layer::{LayerIntake, Request};
use super::refusal::Failure;
use crate::error::UserError;
use crate::platform::{Store, Written};

/// No push takes this long, so an older upload belongs to one that was killed.
const STALE: SignedDuration = SignedDuration::from_hours(24);
const REFRESH: Duration = Duration::from_millis(200);

/// The uploads of one push.
pub(crate) struct Staging<'a> {
    store: &'a dyn Store,
    images: &'a ImageKeys,
    keys: Vec<ObjectKey>,
    written: BTreeMap<usize, Blob>,
}

/// A layer as it is stored, or will be once it is settled.
pub(crate) struct Resolved {
    pub(crate) layer: Layer,
    /// Its upload, where it is new to the store.
    upload: Option<usize>,
}

impl Resolved {
    pub(crate) fn is_new(&self) -> bool {
        self.upload.is_some()
    }
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
        let (mut writers, room) = (FuturesUnordered::new(), Arc::new(Room::default()));
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
                        let writer = Writer { store, images, key, room: Arc::clone(&room) };
                        writers.push(async move { anyhow::Ok((number, writer.write(frames).await?)) });
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

    /// What becomes of `candidate`. Whether another image has brought the layer already is asked of the store, unless `known`
    /// has all of the image's layers that are there.
    pub(crate) async fn resolve(
        &self,
        candidate: &Candidate,
        known: Option<&BTreeMap<Digest, Layer>>,
    ) -> anyhow::Result<Resolved> {
        let number = match &candidate.at {
            Place::Store(layer) => return Ok(Resolved { layer: Layer::clone(layer), upload: None }),
            Place::Upload(number) => *number,
            Place::Nowhere => anyhow::bail!("layer {} was not kept", candidate.diff_id.short()),
        };
        let stored = match known {
            Some(known) => known.get(&candidate.diff_id).cloned(),
            None => known_layer(self.store, self.images, &candidate.diff_id).await?,
        };
        if let Some(layer) = stored {
            return Ok(Resolved { layer, upload: None });
        }
        let blob = self.written.get(&number);
        let blob = blob.with_context(|| format!("layer {} was not written", candidate.diff_id.short()))?;
        let layer = Layer {
            diff_id: candidate.diff_id.clone(),
            plain_size: candidate.plain_size,
            digest: blob.digest.clone(),
            size: blob.size,
            frames: blob.frames.clone(),
        };
        Ok(Resolved { layer, upload: Some(number) })
    }

    /// Gives the layer's upload its name, and then writes its pointer.
    pub(crate) async fn settle(&self, resolved: &Resolved) -> anyhow::Result<()> {
        let Resolved { layer, upload: Some(number) } = resolved else { return Ok(()) };
        let place = self.images.blob(&layer.digest);
        match (self.written.get(number).and_then(|blob| blob.held.as_ref()), self.keys.get(*number)) {
            (Some(bytes), _) => self.store.ensure(&place, bytes).await?,
            (None, Some(key)) => self.store.settle(key, &place).await?,
            (None, None) => anyhow::bail!("layer {} was not uploaded", layer.diff_id.short()),
        }
        self.point(layer).await
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
