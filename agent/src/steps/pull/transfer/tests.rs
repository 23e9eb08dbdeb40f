//! What an image's way into an engine begins with.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;
use tokio::sync::Notify;

use super::*;
use crate::attempt::tests::World;
use crate::engine::fake::Fake;
use crate::layers::tests::{Blob as OneBlob, stored};
use crate::platform::{Store, StoreError};

/// A store of one layer that says when it is read.
struct Watched(OneBlob, Arc<Notify>);

#[async_trait]
impl Store for Watched {
    async fn get(&self, key: &ObjectKey, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key, limit).await
    }

    async fn read(&self, key: &ObjectKey, start: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let read = self.0.read(key, start, into).await;
        self.1.notify_one();
        read
    }

    async fn put_report(&self, key: &ObjectKey, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.0.put_report(key, bytes).await
    }
}

fn image(layers: Vec<Layer>) -> StoredImage {
    let digest = Digest::of(b"{}");
    let bytes = b"{}".to_vec();
    let platform = "linux/amd64".to_owned();
    StoredImage {
        manifest: digest.clone(),
        manifest_bytes: bytes.clone(),
        config: digest,
        config_bytes: bytes,
        platform,
        layers,
    }
}

#[tokio::test]
async fn the_lowest_layer_that_docker_lacks_is_fetched_before_docker_asks_for_anything() {
    let ((base, _), (app, bytes)) = (stored(b"base"), stored(b"application"));
    let read = Arc::new(Notify::new());
    let mut world = World::new(0);
    // It ends its pull once something was read, having asked for nothing.
    let engine = Fake {
        images: [("jetway/local/shop:v0-web".to_owned(), vec![base.diff_id.to_string()])].into(),
        pull_ends: Some(Arc::clone(&read)),
        ..Fake::default()
    };
    world.platform.engine = Arc::new(engine);
    world.platform.store = Arc::new(Watched(OneBlob { bytes, failures: AtomicU64::new(0) }, read));
    let reporter = Reporter::start(&world.platform, world.boot_file.clone());
    let record = ReleaseRecord::from_bytes(include_bytes!("../../../attempt/record.json")).unwrap();
    let facts = EngineFacts {
        version: "20.10".to_owned(),
        api: "1.41".to_owned(),
        store: ImageStore::Classic,
        platform: "linux/amd64".to_owned(),
        root: PathBuf::from("/none"),
        live_restore: true,
        log_drivers: Vec::new(),
    };
    let container = "web".parse().unwrap();
    let transfer = Transfer {
        platform: &world.platform,
        reporter: &reporter,
        record: &record,
        container: &container,
        engine: &facts,
    };
    let image = image(vec![base, app]);
    let pulled = tokio::time::timeout(Duration::from_secs(20), transfer.transfer(&image)).await;
    let note = pulled.expect("nothing was fetched").ok().expect("it failed");
    assert_eq!(
        note,
        format!("web: fetched {}, 0 layers pulled, 2 already in Docker", text::bytes(image.layers[1].size))
    );
}
