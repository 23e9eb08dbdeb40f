//! Layers on their way from the store to the engine: frames fetched and opened in parallel, delivered in order, checked.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use jetway_common::digest::{Digest, Hasher};
use jetway_common::image::Layer;
use jetway_common::layout::{ImageKeys, ObjectKey};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    fault: Mutex<Option<Fault>>,
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
        Arc::new(Self { store, keys, permits, fetched: AtomicU64::new(0), fault: Mutex::new(None) })
    }

    /// The bytes that came from the store so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// The first thing that went wrong since the last call.
    pub fn take_fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// One layer, in order. The last piece comes only after the whole layer proved to be the right one.
    pub fn stream(self: &Arc<Self>, layer: &Layer, form: Form) -> BoxStream<'static, io::Result<Bytes>> {
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
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
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
    let damaged = |why: String| {
        Fault::Damaged(format!("layer {} in the store is damaged: frame {index} {why}", layer.diff_id))
    };
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
pub mod tests {
    use futures_util::TryStreamExt as _;
    use jetway_common::image::FRAME;

    use super::*;
    use crate::platform::StoreError;

    /// A store that holds one blob and fails the first few ranges.
    pub struct Blob {
        pub bytes: Vec<u8>,
        pub failures: AtomicU64,
    }

    #[async_trait::async_trait]
    impl Store for Blob {
        async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(Some(self.bytes.clone()))
        }

        async fn range(&self, key: &ObjectKey, range: std::ops::Range<u64>) -> Result<Bytes, StoreError> {
            let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
            if fails {
                return Err(StoreError::NotAnswering("flaky".to_owned()));
            }
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            let bytes = self.bytes.get(range).ok_or_else(|| StoreError::Short(key.to_string()))?;
            Ok(Bytes::copy_from_slice(bytes))
        }

        async fn put_report(&self, _: &ObjectKey, _: Vec<u8>) -> Result<(), StoreError> {
            Ok(())
        }
    }

    /// A layer of `plain` as the store keeps it.
    pub fn stored(plain: &[u8]) -> (Layer, Vec<u8>) {
        let frames: Vec<Vec<u8>> = plain.chunks(FRAME).map(|frame| zstd::bulk::compress(frame, 1).unwrap()).collect();
        let blob = frames.concat();
        let layer = Layer {
            diff_id: Digest::of(plain),
            plain_size: plain.len() as u64,
            digest: Digest::of(&blob),
            size: blob.len() as u64,
            frames: frames.iter().map(|frame| u32::try_from(frame.len()).unwrap()).collect(),
        };
        (layer, blob)
    }

    fn layers(bytes: Vec<u8>, failures: u64) -> Arc<Layers> {
        let store = Blob { bytes, failures: AtomicU64::new(failures) };
        Layers::new(Arc::new(store), ImageKeys::new(&"shop".parse().unwrap()))
    }

    async fn read(layers: &Arc<Layers>, layer: &Layer, form: Form) -> io::Result<Vec<u8>> {
        Ok(layers.stream(layer, form).try_collect::<Vec<Bytes>>().await?.concat())
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length).map(|n| u8::try_from((n * n / 7 + n) % 251).unwrap()).collect()
    }

    #[tokio::test]
    async fn frames_come_back_in_order_in_either_form() {
        let plain = noise(3 * FRAME + 12_345);
        let (layer, blob) = stored(&plain);
        let layers = layers(blob.clone(), 0);
        assert!(read(&layers, &layer, Form::Plain).await.unwrap() == plain);
        assert!(read(&layers, &layer, Form::Stored).await.unwrap() == blob);
        assert_eq!(layers.fetched(), 2 * blob.len() as u64);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_fails_a_few_times_is_outlived() {
        let (layer, blob) = stored(b"small");
        assert_eq!(read(&layers(blob.clone(), 3), &layer, Form::Plain).await.unwrap(), b"small");
        let layers = layers(blob, 99);
        assert!(read(&layers, &layer, Form::Plain).await.is_err());
        assert!(matches!(layers.take_fault(), Some(Fault::Store(StoreError::NotAnswering(_)))));
    }

    #[tokio::test]
    async fn a_changed_layer_never_comes_to_its_end_and_is_named() {
        let (mut layer, blob) = stored(b"honest");
        let (other, changed) = stored(b"forged");
        layer.frames.clone_from(&other.frames);
        layer.size = other.size;
        let layers = layers(changed, 0);
        assert!(read(&layers, &layer, Form::Plain).await.is_err());
        let fault = layers.take_fault().unwrap().to_string();
        assert_eq!(fault, format!("layer {0} in the store is damaged: want {0}, got {1}", layer.diff_id, other.diff_id));
        assert_ne!(blob, b"");
    }

    #[tokio::test]
    async fn a_frame_that_does_not_open_is_named() {
        let (layer, mut blob) = stored(b"honest");
        blob[0] ^= 0xff;
        let layers = layers(blob, 0);
        assert!(read(&layers, &layer, Form::Plain).await.is_err());
        assert!(layers.take_fault().unwrap().to_string().contains("frame 0 does not open"));
    }
}
