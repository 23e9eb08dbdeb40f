//! Layers against a store that lies or fails; other tests borrow its store.

use std::sync::atomic::AtomicUsize;

use futures_util::TryStreamExt as _;
use jetway_common::image::FRAME;
use jetway_common::layout::ObjectKey;
use tokio::sync::Semaphore;

use super::*;
use crate::platform::StoreError;

/// A store that holds one blob and fails the first few times that it is read.
pub(crate) struct Blob {
    pub(crate) bytes: Vec<u8>,
    pub(crate) failures: AtomicU64,
}

#[async_trait::async_trait]
impl Store for Blob {
    async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(Some(self.bytes.clone()))
    }

    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if fails {
            return Err(StoreError::NotAnswering("flaky".to_owned()));
        }
        let start = usize::try_from(start).unwrap();
        let bytes = self.bytes.get(start..start + into.len()).ok_or_else(|| StoreError::Short(key.to_string()))?;
        into.copy_from_slice(bytes);
        Ok(())
    }

    async fn put_report(&self, _: &ObjectKey, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A layer of `plain` as the store keeps it.
pub(crate) fn stored(plain: &[u8]) -> (Layer, Vec<u8>) {
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
    Ok(layers.stream(0, layer, form).try_collect::<Vec<Bytes>>().await?.concat())
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

/// A store in which somebody replaces the blob between two reads.
struct Replaced;

#[async_trait::async_trait]
impl Store for Replaced {
    async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn read(&self, key: &ObjectKey, _: u64, _: &mut [u8]) -> Result<(), StoreError> {
        Err(StoreError::Changed(key.to_string()))
    }

    async fn put_report(&self, _: &ObjectKey, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_blob_that_changes_while_it_is_read_counts_as_damaged_and_is_fetched_once_more() {
    let (layer, _) = stored(b"honest");
    let layers = Layers::new(Arc::new(Replaced), ImageKeys::new(&"shop".parse().unwrap()));
    assert!(read(&layers, &layer, Form::Plain).await.is_err());
    let fault = layers.take_fault().unwrap();
    assert!(
        matches!(&fault, Fault::Damaged(reason) if reason.ends_with("frame 0 is of another blob than those before"))
    );
}

#[tokio::test]
async fn a_frame_that_does_not_open_is_named() {
    let (layer, mut blob) = stored(b"honest");
    blob[0] ^= 0xff;
    let layers = layers(blob, 0);
    assert!(read(&layers, &layer, Form::Plain).await.is_err());
    assert!(layers.take_fault().unwrap().to_string().contains("frame 0 does not open"));
}

/// A store that gives nothing before the gate opens, and counts what it gave.
struct Gated {
    blob: Blob,
    gate: Semaphore,
    given: AtomicUsize,
}

#[async_trait::async_trait]
impl Store for Gated {
    async fn get(&self, _: &ObjectKey, _: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError> {
        self.gate.acquire().await.unwrap().forget();
        self.given.fetch_add(1, Ordering::SeqCst);
        self.blob.read(key, start, into).await
    }

    async fn put_report(&self, _: &ObjectKey, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }
}

fn gated(bytes: Vec<u8>, permits: usize) -> (Arc<Gated>, Arc<Layers>) {
    let blob = Blob { bytes, failures: AtomicU64::new(0) };
    let store = Arc::new(Gated { blob, gate: Semaphore::new(permits), given: AtomicUsize::new(0) });
    // As little memory as the smallest instance has.
    let keys = ImageKeys::new(&"shop".parse().unwrap());
    let layers = Layers { frames: Frames::of(6), ..Arc::into_inner(Layers::new(store.clone(), keys)).unwrap() };
    (store, Arc::new(layers))
}

#[tokio::test]
async fn a_layer_that_is_begun_is_there_when_it_is_asked_for_and_is_fetched_once() {
    let plain = noise(FRAME + 5);
    for form in [Form::Plain, Form::Stored] {
        let (layer, blob) = stored(&plain);
        let (store, layers) = gated(blob.clone(), 9);
        layers.begin(0, &layer, form).await;
        assert_eq!((store.given.load(Ordering::SeqCst), layers.moved()), (1, 0));
        let want = if form == Form::Plain { &plain } else { &blob };
        assert!(read(&layers, &layer, form).await.unwrap() == *want);
        // Who asked for it fetches it himself.
        layers.begin(0, &layer, form).await;
        assert_eq!((store.given.load(Ordering::SeqCst), layers.moved()), (2, 1));
    }
}

#[tokio::test]
async fn a_layer_that_an_image_has_twice_is_begun_once() {
    let (layer, blob) = stored(b"small");
    let (store, layers) = gated(blob, 9);
    layers.begin(0, &layer, Form::Plain).await;
    layers.begin(1, &layer, Form::Plain).await;
    assert_eq!(store.given.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_layer_whose_beginning_failed_says_why_and_one_whose_beginning_was_given_up_comes_all_the_same() {
    let (layer, blob) = stored(b"small");
    let failing = layers(blob.clone(), 1 + u64::from(READ_TRIES));
    failing.begin(0, &layer, Form::Plain).await;
    assert!(failing.take_fault().is_none());
    assert!(read(&failing, &layer, Form::Plain).await.is_err());
    assert!(matches!(failing.take_fault(), Some(Fault::Store(StoreError::NotAnswering(_)))));
    let (store, layers) = gated(blob, 0);
    let begun = tokio::time::timeout(Duration::from_secs(1), layers.begin(0, &layer, Form::Plain));
    assert!(begun.await.is_err());
    store.gate.add_permits(1);
    assert_eq!(read(&layers, &layer, Form::Plain).await.unwrap(), b"small");
}

#[tokio::test]
async fn a_beginning_that_fails_while_its_layer_is_read_does_not_wait_for_memory_that_those_after_it_hold() {
    let (layer, mut blob) = stored(&vec![7; 8 * FRAME]);
    blob[0] ^= 0xff;
    let (store, layers) = gated(blob, 0);
    let open = async { store.gate.add_permits(8) };
    let (begun, reader) = (layers.begin(0, &layer, Form::Plain), read(&layers, &layer, Form::Plain));
    let all = async { tokio::join!(begun, reader, open).1 };
    let read = tokio::time::timeout(Duration::from_secs(20), all).await;
    assert!(read.expect("it waits for ever").is_err());
    assert!(layers.take_fault().unwrap().to_string().contains("frame 0 does not open"));
}

#[tokio::test]
async fn frames_go_on_arriving_while_the_engine_writes_the_one_before() {
    let (layer, bytes) = stored(&noise(3 * FRAME));
    let (store, layers) = gated(bytes, 1);
    let mut stream = layers.stream(0, &layer, Form::Stored);
    assert!(stream.next().await.unwrap().is_ok());
    store.gate.add_permits(2);
    let others = async {
        while store.given.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(5), others).await.is_ok(), "nothing came while nobody asked");
}
