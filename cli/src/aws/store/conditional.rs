//! Writes and removes objects, also only if they are as expected.
//!
//! An answer may be lost, and the SDK then sends the request again: the second one is refused because of the first. So a
//! refusal is believed only after a look at what is stored.

use std::time::Duration;

use aws_sdk_s3::operation::delete_object::builders::DeleteObjectFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::ChecksumAlgorithm;
use bytes::Bytes;
use jetway_common::layout::ObjectKey;

use super::Bucket;
use super::answer::Unmet;
use super::read::whole;
use crate::platform::{StoreError, Version, Written};

/// How often others may write at the very same time.
const ATTEMPTS: u32 = 10;
/// How long to wait after such a conflict, the first time; it grows.
const PAUSE: Duration = Duration::from_millis(50);

/// Writes the object if its content is still `expected`, or if it is absent and none is expected.
pub(super) async fn put(
    bucket: &Bucket,
    key: &ObjectKey,
    bytes: &[u8],
    expected: Option<&Version>,
) -> Result<Written, StoreError> {
    let bytes = Bytes::copy_from_slice(bytes);
    for attempt in 1..=ATTEMPTS {
        let request = request(bucket, key).body(bytes.clone().into());
        let request = match expected {
            None => request.if_none_match("*"),
            Some(Version(etag)) => request.if_match(etag),
        };
        let Err(error) = request.send().await else { return Ok(Written::Done) };
        match Unmet::of(&error) {
            None => return Err(bucket.failed("write", key)(error)),
            Some(Unmet::Conflict) => tokio::time::sleep(PAUSE * attempt).await,
            Some(Unmet::Condition | Unmet::Absent) => {
                let is_ours = whole(bucket, key).await?.is_some_and(|object| object.bytes == bytes);
                return Ok(if is_ours { Written::Done } else { Written::Lost });
            }
        }
    }
    Err(busy(bucket, "write", key))
}

/// Writes the object if it is absent. Its key says what it holds, so that nobody needs to look at one that is there.
pub(super) async fn ensure(bucket: &Bucket, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
    let bytes = Bytes::copy_from_slice(bytes);
    for attempt in 1..=ATTEMPTS {
        let Err(error) = request(bucket, key).body(bytes.clone().into()).if_none_match("*").send().await else {
            return Ok(());
        };
        match Unmet::of(&error) {
            Some(Unmet::Condition) => return Ok(()),
            Some(Unmet::Conflict) => tokio::time::sleep(PAUSE * attempt).await,
            Some(Unmet::Absent) | None => return Err(bucket.failed("write", key)(error)),
        }
    }
    Err(busy(bucket, "write", key))
}

/// Removes the object, which may be absent; with `version`, that content of it for good.
pub(super) async fn delete(bucket: &Bucket, key: &ObjectKey, version: Option<String>) -> Result<(), StoreError> {
    let request = deletion(bucket, key).set_version_id(version);
    request.send().await.map(|_| ()).map_err(bucket.failed("delete", key))
}

/// Removes the object if its content is still `expected`; an absent one is as good as removed.
pub(super) async fn remove(bucket: &Bucket, key: &ObjectKey, expected: &Version) -> Result<Written, StoreError> {
    let Version(etag) = expected;
    for attempt in 1..=ATTEMPTS {
        let Err(error) = deletion(bucket, key).if_match(etag).send().await else { return Ok(Written::Done) };
        match Unmet::of(&error) {
            None => return Err(bucket.failed("delete", key)(error)),
            Some(Unmet::Conflict) => tokio::time::sleep(PAUSE * attempt).await,
            Some(Unmet::Absent) => return Ok(Written::Done),
            Some(Unmet::Condition) => {
                return Ok(if whole(bucket, key).await?.is_none() { Written::Done } else { Written::Lost });
            }
        }
    }
    Err(busy(bucket, "delete", key))
}

fn request(bucket: &Bucket, key: &ObjectKey) -> PutObjectFluentBuilder {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.put_object().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    request.checksum_algorithm(ChecksumAlgorithm::Sha256)
}

fn deletion(bucket: &Bucket, key: &ObjectKey) -> DeleteObjectFluentBuilder {
    let Bucket { name, account, client, .. } = bucket;
    client.delete_object().bucket(name).key(key.as_str()).expected_bucket_owner(account.id())
}

fn busy(bucket: &Bucket, action: &'static str, key: &ObjectKey) -> StoreError {
    bucket.wrong(action, key, format!("others wrote it at the same time, {ATTEMPTS} times in a row"))
}
