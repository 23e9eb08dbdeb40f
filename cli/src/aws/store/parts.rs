//! Objects that are put together from parts: begun, completed only if the object is absent, or aborted.

use std::time::Duration;

use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use jetway_common::layout::ObjectKey;

use super::Bucket;
use super::answer::Unmet;
use super::read;
use crate::platform::StoreError;

/// How often others may write the same object at the same time.
pub(super) const ATTEMPTS: u32 = 10;
/// How long to wait after such a conflict, the first time; it grows.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Begins an object; what S3 calls the upload.
pub(super) async fn begin(bucket: &Bucket, key: &ObjectKey) -> Result<String, StoreError> {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.create_multipart_upload().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    let begun = request.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await;
    let begun = begun.map_err(bucket.failed("write", key))?;
    begun.upload_id.ok_or_else(|| bucket.wrong("write", key, "S3 gave the upload no name"))
}

/// Puts the parts together, in the order of their numbers, unless the object is there already. What S3 then calls this
/// content of it, if it says so.
pub(super) async fn complete_new(
    bucket: &Bucket,
    key: &ObjectKey,
    id: &str,
    mut parts: Vec<CompletedPart>,
) -> Result<Result<Option<String>, Unmet>, StoreError> {
    let Bucket { name, account, bulk, .. } = bucket;
    parts.sort_by_key(CompletedPart::part_number);
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let request = bulk.complete_multipart_upload().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    match request.upload_id(id).multipart_upload(parts).if_none_match("*").send().await {
        Ok(completed) => Ok(Ok(completed.version_id)),
        Err(error) => Unmet::of(&error).map(Err).ok_or_else(|| bucket.failed("write", key)(error)),
    }
}

/// Puts the parts together, unless the object is there already: its key says what it holds.
pub(super) async fn complete_known(
    bucket: &Bucket,
    key: &ObjectKey,
    id: &str,
    parts: Vec<CompletedPart>,
) -> Result<(), StoreError> {
    let mut is_lost = false;
    for attempt in 1..=ATTEMPTS {
        let Err(unmet) = complete_new(bucket, key, id, parts.clone()).await? else { return Ok(()) };
        // A completion whose answer was lost ends the upload, so that it is absent when it is asked for again. So may a
        // conflict, after which S3 wants all parts anew; whoever was faster then has the object at any moment:
        // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
        if unmet == Unmet::Condition || read::size(bucket, key).await?.is_some() {
            return abort(bucket, key, id).await;
        }
        is_lost = unmet == Unmet::Absent;
        tokio::time::sleep(PAUSE * attempt).await;
    }
    let error = if is_lost { bucket.wrong("write", key, "S3 has lost the upload") } else { in_conflict(bucket, key) };
    Err(StoreError { hint: Some("run the command again".to_owned()), ..error })
}

/// The store's error where others never let it write.
pub(super) fn in_conflict(bucket: &Bucket, key: &ObjectKey) -> StoreError {
    bucket.wrong("write", key, format!("others wrote it at the same time, {ATTEMPTS} times in a row"))
}

/// Gives up an upload; S3 then forgets its parts. One that is over is as good as given up.
pub(super) async fn abort(bucket: &Bucket, key: &ObjectKey, id: &str) -> Result<(), StoreError> {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.abort_multipart_upload().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    match request.upload_id(id).send().await {
        Err(error) if Unmet::of(&error) != Some(Unmet::Absent) => Err(bucket.failed("write", key)(error)),
        _ => Ok(()),
    }
}
