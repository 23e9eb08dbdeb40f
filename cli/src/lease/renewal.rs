//! Renews the lease for as long as its owner lives, and finds out that it is lost.

use std::convert::Infallible;

use jetway_common::document::Document as _;
use jetway_common::layout::ObjectKey;
use jetway_common::lock::{LEASE, Lock, RENEWAL};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Lease, read};
use crate::platform::{Store, Written};

/// Renews the lease again and again until it is lost.
pub(super) async fn keep(lease: &Lease, renew: impl AsyncFn() -> anyhow::Result<Written>) -> Infallible {
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(RENEWAL.duration()).await;
        let began = Instant::now();
        // Where the store does not answer, another owner may have the lock before that is certain. Who was suspended for
        // longer than a lease asks all the same: nobody may have taken it.
        let certain = (renewed + LEASE.duration()).max(began + RENEWAL.duration());
        match tokio::time::timeout_at(certain, renew()).await {
            Ok(Ok(Written::Done)) => renewed = began,
            Ok(Err(error)) if renewed.elapsed() < LEASE.duration() => {
                // The lease outlasts several renewals, so that one that fails decides nothing.
                tracing::warn!("could not renew the deploy lock: {error:#}");
            }
            Ok(Ok(Written::Lost) | Err(_)) | Err(_) => {
                lease.lost.cancel();
                std::future::pending::<()>().await;
            }
        }
    }
}

pub(super) async fn renew(store: &dyn Store, key: &ObjectKey, lock: &Lock) -> anyhow::Result<Written> {
    match read(store, key).await? {
        Some(held) if held.lock.nonce == lock.nonce => {
            let bytes = held.lock.renewed(Timestamp::now()).to_bytes()?;
            Ok(store.replace(key, &bytes, &held.version).await?)
        }
        _ => Ok(Written::Lost),
    }
}
