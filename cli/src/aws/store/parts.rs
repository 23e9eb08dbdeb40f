//! Objects that are put together from parts: begun, completed only if the object is absent, or aborted.

use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use jetway_common::layout::ObjectKey;

use super::Bucket;
use super::answer::Unmet;
use crate::platform::StoreError;

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

/// Gives up an upload; S3 then forgets its parts. One that is over is as good as given up.
pub(super) async fn abort(bucket: &Bucket, key: &ObjectKey, id: &str) -> Result<(), StoreError> {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.abort_multipart_upload().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    match request.upload_id(id).send().await {
        Err(error) if Unmet::of(&error) != Some(Unmet::Absent) => Err(bucket.failed("write", key)(error)),
        _ => Ok(()),
    }
}
