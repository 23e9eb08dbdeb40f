//! Layers on their way from the store to the engine: frames fetched and opened in parallel, delivered in order, checked.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use jetway_common::digest::{Digest, Hasher};
use jetway_common::image::Layer;
use jetway_common::layout::{ImageKeys, ObjectKey};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::platform::{Store, StoreError};

/// Frames in flight over all layers: each holds its stored and its opened bytes.
const IN_FLIGHT: usize = 8;
const IN_FLIGHT_SMALL: usize = 4;
/// Instances with less memory than this take fewer frames at once.
const SMALL: u64 = 1 << 30;
/// How often one range is asked for again before the pull as a whole is tried again.
const RANGE_TRIES: u32 = 4;

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
    permits: Arc<Semaphore>,
    fetched: AtomicU64,
    moved: Mutex<BTreeSet<Digest>>,
    fault: watch::Sender<Option<Fault>>,
}

/// One frame, and the right to hold it in memory.
struct Piece {
    bytes: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl Layers {
    /// Reads layers from `store`.
    pub fn new(store: Arc<dyn Store>, keys: ImageKeys) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(in_flight()));
        Arc::new(Self {
            store,
            keys,
            permits,
            fetched: AtomicU64::new(0),
            moved: Mutex::default(),
            fault: watch::Sender::new(None),
        })
    }

    /// The bytes that came from the store so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// How many layers the engine asked for; the others it had already.
    pub fn moved(&self) -> usize {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).len()
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

    /// One layer, in order. The last piece comes only after the whole layer proved to be the right one.
    pub fn stream(self: &Arc<Self>, layer: &Layer, form: Form) -> BoxStream<'static, io::Result<Bytes>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(layer.diff_id.clone());
        let layer = Arc::new(layer.clone());
        let (count, layers, asked) = (layer.frames.len(), Arc::clone(self), Arc::clone(&layer));
        let frame = move |index| Arc::clone(&layers).piece(Arc::clone(&asked), index, form);
        let (layers, mut hasher, mut arrived) = (Arc::clone(self), Hasher::default(), 0);
        let check = move |piece: Result<Piece, Fault>| {
            let piece = piece.map_err(|fault| layers.report(fault))?;
            hasher.update(&piece.bytes);
            arrived += 1;
            if arrived == count {
                let found = std::mem::take(&mut hasher).finish();
                verify(&layer, form, &found).map_err(|fault| layers.report(fault))?;
            }
            Ok(piece.bytes)
        };
        stream::iter(0..count).map(frame).buffered(IN_FLIGHT).map(check).boxed()
    }

    fn report(&self, fault: Fault) -> io::Error {
        let error = io::Error::other(fault.to_string());
        self.fault.send_modify(|first| {
            first.get_or_insert(fault);
        });
        error
    }

    async fn piece(self: Arc<Self>, layer: Arc<Layer>, index: usize, form: Form) -> Result<Piece, Fault> {
        let gone = || Fault::Store(StoreError::NotAnswering("the pull ended".to_owned()));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| gone())?;
        let start: u64 = layer.frames[..index].iter().map(|size| u64::from(*size)).sum();
        let range = start..start + u64::from(layer.frames[index]);
        let stored = self.range(&self.keys.blob(&layer.digest), range).await?;
        self.fetched.fetch_add(stored.len() as u64, Ordering::Relaxed);
        let bytes = match form {
            Form::Stored => stored,
            Form::Plain => {
                let open = move || open_frame(&layer, index, &stored);
                tokio::task::spawn_blocking(open).await.map_err(|_| gone())??
            }
        };
        Ok(Piece { bytes, _permit: permit })
    }

    async fn range(&self, key: &ObjectKey, range: std::ops::Range<u64>) -> Result<Bytes, Fault> {
        let mut tries = 0;
        loop {
            match self.store.range(key, range.clone()).await {
                Err(StoreError::NotAnswering(_)) if tries < RANGE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(200 << tries)).await;
                }
                done => return done.map_err(Fault::Store),
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

fn open_frame(layer: &Layer, index: usize, stored: &[u8]) -> Result<Bytes, Fault> {
    let size = usize::try_from(layer.plain_frame(index)).unwrap_or_default();
    let damaged =
        |why: String| Fault::Damaged(format!("layer {} in the store is damaged: frame {index} {why}", layer.diff_id));
    // The capacity bounds what a malicious frame can make of itself.
    let plain = zstd::bulk::decompress(stored, size).map_err(|error| damaged(format!("does not open: {error}")))?;
    if plain.len() == size {
        Ok(plain.into())
    } else {
        Err(damaged(format!("opens to {} bytes, want {size}", plain.len())))
    }
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

fn in_flight() -> usize {
    use procfs::Current as _;
    let memory = procfs::Meminfo::current().map_or(SMALL, |memory| memory.mem_total);
    if memory < SMALL { IN_FLIGHT_SMALL } else { IN_FLIGHT }
}

#[cfg(test)]
pub(crate) mod tests;
