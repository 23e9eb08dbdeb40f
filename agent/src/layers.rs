//! Layers on their way from the store to the engine: frames fetched and opened in parallel, delivered in order, checked.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::OptionFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use jetway_common::digest::{Digest, Hasher};
use jetway_common::image::Layer;
use jetway_common::layout::ImageKeys;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::error::Wait;
use crate::platform::{Store, StoreError};

mod begun;
mod frames;

use begun::Begun;
use frames::{Frame, Frames, LARGEST, Lent};

/// How many frames of one layer may be under way, as far as there is memory for them.
const AHEAD: usize = 8;
/// How often one frame is asked for again before the pull as a whole is tried again.
const READ_TRIES: u32 = 4;

/// In which form a layer is handed to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As an uncompressed tar.
    Plain,
    /// As it is stored.
    Stored,
}

/// What is wrong with a layer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The stored bytes are not those that the image names.
    Damaged(String),
    /// The store did not give them.
    Store(StoreError),
}

/// Reads layers of one application's images.
pub struct Layers {
    store: Arc<dyn Store>,
    keys: ImageKeys,
    frames: Arc<Frames>,
    fetched: AtomicU64,
    begun: Begun,
    fault: watch::Sender<Option<Fault>>,
}

impl Layers {
    /// Reads layers from `store`.
    pub fn new(store: Arc<dyn Store>, keys: ImageKeys) -> Arc<Self> {
        Arc::new(Self {
            store,
            keys,
            frames: Frames::new(),
            fetched: AtomicU64::new(0),
            begun: Begun::default(),
            fault: watch::Sender::new(None),
        })
    }

    /// The bytes that came from the store so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// How many layers the engine asked for; the others it had already.
    pub fn moved(&self) -> usize {
        self.begun.asked()
    }

    /// The first thing that went wrong since the last call.
    pub fn take_fault(&self) -> Option<Fault> {
        self.fault.send_replace(None)
    }

    /// Waits until something goes wrong. Docker itself would try again for minutes, each time in vain.
    pub async fn faulted(&self) {
        // The sender is `self`, so the channel is open for as long as anybody waits.
        let _ = self.fault.subscribe().wait_for(Option::is_some).await;
    }

    /// The layer at that position of its image, in order: of several that are read at the same time, the lowest goes first. The
    /// last piece comes only after the whole layer proved to be the right one.
    pub fn stream(
        self: &Arc<Self>,
        position: usize,
        layer: &Layer,
        form: Form,
    ) -> BoxStream<'static, io::Result<Bytes>> {
        let mut begun = self.begun.ask(&layer.diff_id);
        let layer = Arc::new(layer.clone());
        let (count, layers, asked) = (layer.frames.len(), Arc::clone(self), Arc::clone(&layer));
        let frame = move |index| {
            let piece = Arc::clone(&layers).piece(position, Arc::clone(&asked), index, form);
            let begun = begun.take_if(|_| index == 0);
            async move {
                match OptionFuture::from(begun).await {
                    Some(Ok(outcome)) => outcome,
                    _ => piece.await,
                }
            }
        };
        let (layers, mut hasher, mut arrived) = (Arc::clone(self), Hasher::default(), 0);
        let check = move |piece: Result<Bytes, Fault>| {
            let piece = piece.map_err(|fault| layers.report(fault))?;
            hasher.update(&piece);
            arrived += 1;
            if arrived == count {
                let found = std::mem::take(&mut hasher).finish();
                verify(&layer, form, &found).map_err(|fault| layers.report(fault))?;
            }
            Ok(piece)
        };
        stream::iter(0..count).map(frame).buffered(AHEAD).map(check).boxed()
    }

    fn report(&self, fault: Fault) -> io::Error {
        let error = io::Error::other(fault.to_string());
        self.fault.send_modify(|first| {
            first.get_or_insert(fault);
        });
        error
    }

    async fn piece(
        self: Arc<Self>,
        position: usize,
        layer: Arc<Layer>,
        index: usize,
        form: Form,
    ) -> Result<Bytes, Fault> {
        let lent = self.memory(position, &layer, index, form).await?;
        self.fill(layer, index, lent).await
    }

    /// Memory is lent frame by frame, in order: one that waited for those after it would wait for ever.
    async fn memory(&self, position: usize, layer: &Layer, index: usize, form: Form) -> Result<Lent, Fault> {
        let stored_size = usize::try_from(layer.frames[index]).unwrap_or(usize::MAX);
        if stored_size > LARGEST {
            return Err(damaged(layer, index, &format!("has {stored_size} bytes, more than any frame")));
        }
        match form {
            Form::Stored => {
                let [stored] = self.frames.take(position, [stored_size]).await.ok_or_else(gone)?;
                Ok(Lent { stored, plain: None })
            }
            Form::Plain => {
                let plain_size = usize::try_from(layer.plain_frame(index)).unwrap_or_default();
                let [stored, plain] = self.frames.take(position, [stored_size, plain_size]).await.ok_or_else(gone)?;
                Ok(Lent { stored, plain: Some(plain) })
            }
        }
    }

    async fn fill(self: Arc<Self>, layer: Arc<Layer>, index: usize, lent: Lent) -> Result<Bytes, Fault> {
        let Lent { mut stored, plain } = lent;
        beside(async move {
            self.read(&layer, index, stored.bytes_mut()).await?;
            let Some(plain) = plain else { return Ok(stored.freeze()) };
            let open = move || open_frame(&layer, index, &stored, plain);
            tokio::task::spawn_blocking(open).await.map_err(|_| gone())?
        })
        .await
    }

    async fn read(&self, layer: &Layer, index: usize, into: &mut [u8]) -> Result<(), Fault> {
        let key = self.keys.blob(&layer.digest);
        let start: u64 = layer.frames[..index].iter().map(|size| u64::from(*size)).sum();
        let mut tries = 0;
        loop {
            match self.store.read(&key, start, into).await {
                Err(error) if error.wait() == Wait::Later && tries < READ_TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(200 << tries)).await;
                }
                Err(StoreError::Changed(_)) => {
                    return Err(damaged(layer, index, "is of another blob than those before"));
                }
                Err(error) => return Err(Fault::Store(error)),
                Ok(()) => {
                    self.fetched.fetch_add(into.len() as u64, Ordering::Relaxed);
                    return Ok(());
                }
            }
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged(reason) => f.write_str(reason),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

/// Lets the work go on while nobody waits for it, as when the engine takes a frame and asks for no more; it ends with this.
async fn beside(work: impl Future<Output = Result<Bytes, Fault>> + Send + 'static) -> Result<Bytes, Fault> {
    AbortOnDropHandle::new(tokio::spawn(work)).await.map_err(|_| gone())?
}

fn gone() -> Fault {
    Fault::Store(StoreError::NotAnswering("the pull ended".to_owned()))
}

fn open_frame(layer: &Layer, index: usize, stored: &Frame, mut plain: Frame) -> Result<Bytes, Fault> {
    let size = plain.bytes_mut().len();
    // The room that there is bounds what a malicious frame can make of itself.
    let opened = zstd::bulk::Decompressor::new()
        .and_then(|mut opener| opener.decompress_to_buffer(stored.as_ref(), plain.bytes_mut()))
        .map_err(|error| damaged(layer, index, &format!("does not open: {error}")))?;
    if opened == size {
        Ok(plain.freeze())
    } else {
        Err(damaged(layer, index, &format!("opens to {opened} bytes, want {size}")))
    }
}

fn damaged(layer: &Layer, index: usize, why: &str) -> Fault {
    Fault::Damaged(format!("layer {} in the store is damaged: frame {index} {why}", layer.diff_id))
}

fn verify(layer: &Layer, form: Form, found: &Digest) -> Result<(), Fault> {
    let want = match form {
        Form::Plain => &layer.diff_id,
        Form::Stored => &layer.digest,
    };
    if found == want {
        return Ok(());
    }
    Err(Fault::Damaged(format!("layer {} in the store is damaged: want {want}, got {found}", layer.diff_id)))
}

#[cfg(test)]
pub(crate) mod tests;
