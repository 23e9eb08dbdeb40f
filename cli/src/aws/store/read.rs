//! Reads objects. An answer that breaks off in the middle is asked for again: the SDK retries only up to its beginning.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::ChecksumMode;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use bytes::Bytes;
use jetway_common::layout::ObjectKey;

use super::answer::Unmet;
use super::{Bucket, listing};
use crate::aws::clock::DateHeader;
use crate::aws::fault::{Fault, OperationError};
use crate::platform::{Object, StoreError, Version};

/// How often an answer may break off.
const ATTEMPTS: u32 = 5;
/// How long to wait before asking again, the first time; it grows.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn whole(bucket: &Bucket, key: &ObjectKey) -> Result<Option<Object>, StoreError> {
    let Some(Answer { bytes, etag, age }) = get(bucket, key, None).await? else { return Ok(None) };
    let etag = etag.ok_or_else(|| bucket.wrong("read", key, "S3 did not name its version"))?;
    Ok(Some(Object { bytes, version: Version(etag), age }))
}

pub(super) async fn range(bucket: &Bucket, key: &ObjectKey, start: u64, length: u64) -> Result<Bytes, StoreError> {
    if length == 0 {
        return Ok(Bytes::new());
    }
    let range = format!("bytes={start}-{}", start + length - 1);
    let answer = get(bucket, key, Some(range)).await?.ok_or_else(|| bucket.wrong("read", key, "it is not there"))?;
    let bytes = answer.bytes;
    if bytes.len() as u64 == length {
        return Ok(bytes);
    }
    Err(bucket.wrong("read", key, format!("{length} bytes from {start} were asked for, and {} came", bytes.len())))
}

pub(super) async fn size(bucket: &Bucket, key: &ObjectKey) -> Result<Option<u64>, StoreError> {
    let found = head(bucket, key).await?;
    Ok(found.map(|found| u64::try_from(found.content_length.unwrap_or_default()).unwrap_or_default()))
}

/// What S3 says of an object, without its content; none if it is not there.
pub(super) async fn head(bucket: &Bucket, key: &ObjectKey) -> Result<Option<HeadObjectOutput>, StoreError> {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.head_object().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    match request.send().await {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(bucket, key, &error).await => Ok(None),
        Err(error) => Err(bucket.failed("read", key)(error)),
    }
}

/// What S3 has answered.
struct Answer {
    bytes: Bytes,
    etag: Option<String>,
    age: Duration,
}

async fn get(bucket: &Bucket, key: &ObjectKey, range: Option<String>) -> Result<Option<Answer>, StoreError> {
    let mut attempt = 1;
    loop {
        let date = DateHeader::default();
        let request = request(bucket, key).set_range(range.clone()).customize().interceptor(date.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_absent(bucket, key, &error).await => return Ok(None),
            Err(error) => return Err(bucket.failed("read", key)(error)),
        };
        let GetObjectOutput { body, e_tag: etag, last_modified, .. } = answer;
        match body.collect().await {
            Ok(body) => return Ok(Some(Answer { bytes: body.into_bytes(), etag, age: age(&date, last_modified) })),
            Err(error) if attempt == ATTEMPTS => {
                return Err(bucket.wrong("read", key, format!("the answer broke off: {error}")));
            }
            Err(error) => tracing::debug!("`{key}` broke off, and is read again: {error}"),
        }
        tokio::time::sleep(PAUSE * attempt).await;
        attempt += 1;
    }
}

/// How long ago an object was written: both times are those of S3. One of unknown age is taken for new.
fn age(date: &DateHeader, written: Option<DateTime>) -> Duration {
    let seconds = date.take().ok().zip(written).map(|(now, written)| now.as_second() - written.secs());
    Duration::from_secs(seconds.and_then(|seconds| seconds.try_into().ok()).unwrap_or_default())
}

/// Whether an answer means that there is no such object. S3 denies the read of one that is not there to whoever may not
/// list it, and does not say which prefix it takes for that:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax>.
async fn is_absent<E: OperationError>(bucket: &Bucket, key: &ObjectKey, error: &SdkError<E, HttpResponse>) -> bool {
    match Unmet::of(error) {
        Some(unmet) => unmet == Unmet::Absent,
        None => matches!(Fault::of(error), Fault::Denied(_)) && listing::names(bucket, key).await.is_ok_and(|is| !is),
    }
}

fn request(bucket: &Bucket, key: &ObjectKey) -> GetObjectFluentBuilder {
    let Bucket { name, account, client, .. } = bucket;
    let request = client.get_object().bucket(name).key(key.as_str()).expected_bucket_owner(account.id());
    request.checksum_mode(ChecksumMode::Enabled)
}
