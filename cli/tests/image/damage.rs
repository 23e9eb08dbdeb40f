//! Random damage to good archives: the reader never panics, and what it takes is whole.

use jetway::image::{Source, Wanted, Watch, export, load, publish};
use jetway::local::store::FolderStore;
use jetway::progress::Step;
use jetway_common::layout::ImageKeys;
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::archive::{Image, gzip};
use crate::lab::files;

/// Publishes `archive`; whatever happens, the store is either without files or holds an image that exports.
async fn publish_damaged(archive: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.tar");
    std::fs::write(&path, archive).unwrap();
    let root = folder.path().join("store");
    std::fs::create_dir(&root).unwrap();
    let store = FolderStore::new(root.clone());
    let images = ImageKeys::new(&"shop".parse().unwrap());
    let (progress, stop) = (Step::begin("publish".to_owned(), false, false), CancellationToken::new());
    let wanted = Wanted { platform: Some("linux/amd64".to_owned()) };
    let watch = Watch { step: &progress, stop: &stop };
    match publish(&store, &images, &Source::Path(path), &wanted, &watch).await {
        Ok(published) => {
            let image = load(&store, &images, &published.pin.manifest).await.unwrap().unwrap();
            export(&store, &images, &image, None, &mut |_| Ok(()), &watch).await.unwrap();
        }
        Err(error) => assert_eq!(files(&root), Vec::<String>::new(), "{error}"),
    }
}

fn damaged(archive: &[u8], damage: &[(usize, u8)], cut: usize) -> Vec<u8> {
    let mut archive = archive.to_vec();
    let length = archive.len();
    for (place, value) in damage {
        archive[place % length] = *value;
    }
    archive.truncate(if cut < length { cut } else { length });
    archive
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_leads_to_a_panic_or_to_rubbish_in_the_store(
        form in 0_usize..3,
        damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cut in 0_usize..100_000,
    ) {
        let image = Image::new();
        let archive = [image.saved().bytes(), image.oci().bytes(), gzip(&image.saved().bytes())][form].clone();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(publish_damaged(&damaged(&archive, &damage, cut)));
    }

    #[test]
    fn no_bytes_lead_to_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(publish_damaged(&bytes));
    }
}
