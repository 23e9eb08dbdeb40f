//! A command that was suspended, as by a laptop that sleeps, for longer than its lease lasts.

use jetway_common::layout::ApplicationKeys;
use jetway_common::lock::LEASE;

use super::*;
use crate::local::store::FolderStore;

/// Whether the lease is lost that was held for 10 minutes without being renewed, when `meanwhile` was done to the lock.
async fn is_lost_after(meanwhile: impl AsyncFnOnce(&FolderStore, &ObjectKey)) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::new(folder.path().to_owned());
    let key = ApplicationKeys::new(&"local".parse().unwrap(), &"hello".parse().unwrap()).lock();
    let lock = lock("mine");
    assert_eq!(store.put_new(&key, &lock.to_bytes().unwrap()).await.unwrap(), Written::Done);
    let lease = Lease::default();
    let suspended = async {
        meanwhile(&store, &key).await;
        tokio::time::advance(Duration::from_mins(10)).await;
        tokio::time::timeout(LEASE.duration() * 3, lease.lost.cancelled()).await.is_ok()
    };
    // S3 answers later than at once, where a folder does not.
    let renew = async || {
        tokio::task::yield_now().await;
        renew(&store, &key, &lock).await
    };
    tokio::select! {
        never = keep(&lease, renew) => match never {},
        lost = suspended => lost,
    }
}

fn lock(nonce: &str) -> Lock {
    let now = Timestamp::now();
    Lock {
        owner: "someone".to_owned(),
        reason: "deploy".to_owned(),
        nonce: nonce.to_owned(),
        taken_at: now,
        expires_at: lease_end(now),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_nobody_took_meanwhile_is_held_on() {
    assert!(!is_lost_after(async |_, _| {}).await);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_another_took_meanwhile_is_lost() {
    let took = async |store: &FolderStore, key: &ObjectKey| {
        let held = read(store, key).await.unwrap().unwrap();
        let bytes = lock("theirs").to_bytes().unwrap();
        assert_eq!(store.replace(key, &bytes, &held.version).await.unwrap(), Written::Done);
    };
    assert!(is_lost_after(took).await);
}
