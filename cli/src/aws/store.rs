//! The store in S3: one bucket, conditional writes, uploads in parts. Every byte that is sent carries its SHA-256.

mod answer;
mod conditional;
mod copy;
mod listing;
mod parts;
mod read;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use jetway_common::layout::ObjectKey;
use tokio::sync::Semaphore;

use self::upload::{Begun, OpenUploads, S3Upload};
use super::account::Account;
use crate::platform::{Entry, Object, Store, StoreError, Upload, Version, Written};

/// How many parts of all uploads are on their way at the same time. With the part that each upload is filling, this
/// bounds what a push holds in memory.
const PARTS_AT_ONCE: usize = 8;
/// How long a large request may take: 8 MiB in this time are 28 kB/s, and S3 itself needs minutes to put many parts
/// together: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
const BULK: Duration = Duration::from_mins(5);

/// A store in a bucket. Cheap to clone.
#[derive(Clone)]
pub struct S3Store {
    bucket: Arc<Bucket>,
    open: Arc<OpenUploads>,
    parts: Arc<Semaphore>,
}

/// The bucket, and how it is spoken to.
struct Bucket {
    name: String,
    account: Account,
    client: Client,
    bulk: Client,
}

impl S3Store {
    /// The store in the bucket `name`, which must belong to `account`.
    pub fn new(account: Account, name: String) -> Self {
        let client = Client::new(account.sdk());
        let timeouts = TimeoutConfig::builder().read_timeout(BULK).operation_timeout(BULK * 3).build();
        let patient = aws_sdk_s3::config::Builder::from(account.sdk()).timeout_config(timeouts).build();
        let bucket = Bucket { name, account, client, bulk: Client::from_conf(patient) };
        Self { bucket: Arc::new(bucket), open: Arc::default(), parts: Arc::new(Semaphore::new(PARTS_AT_ONCE)) }
    }
}

impl S3Store {
    /// Whether there is an object whose key begins with `prefix`.
    pub async fn holds(&self, prefix: &ObjectKey) -> Result<bool, StoreError> {
        Ok(listing::first(&self.bucket, prefix).await?.is_some())
    }
}

#[async_trait]
impl Store for S3Store {
    fn place(&self) -> String {
        format!("s3://{}", self.bucket.name)
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, StoreError> {
        read::whole(&self.bucket, key).await
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, StoreError> {
        read::size(&self.bucket, key).await
    }

    async fn range(&self, key: &ObjectKey, start: u64, length: u64) -> Result<Bytes, StoreError> {
        read::range(&self.bucket, key, start, length).await
    }

    async fn put_new(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Written, StoreError> {
        conditional::put(&self.bucket, key, bytes, None).await
    }

    async fn ensure(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError> {
        conditional::ensure(&self.bucket, key, bytes).await
    }

    async fn replace(&self, key: &ObjectKey, bytes: &[u8], expected: &Version) -> Result<Written, StoreError> {
        conditional::put(&self.bucket, key, bytes, Some(expected)).await
    }

    async fn remove(&self, key: &ObjectKey, expected: &Version) -> Result<Written, StoreError> {
        conditional::remove(&self.bucket, key, expected).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        conditional::delete(&self.bucket, key, None).await
    }

    async fn list(&self, prefix: &ObjectKey) -> Result<Vec<Entry>, StoreError> {
        listing::objects(&self.bucket, prefix).await
    }

    async fn folders(&self, prefix: &ObjectKey) -> Result<Vec<String>, StoreError> {
        listing::folders(&self.bucket, prefix).await
    }

    async fn upload(&self, key: &ObjectKey, place: Option<&ObjectKey>) -> Result<Box<dyn Upload>, StoreError> {
        Ok(Box::new(S3Upload::new(self, key, place)))
    }

    async fn settle(&self, upload: &ObjectKey, key: &ObjectKey) -> Result<(), StoreError> {
        match self.open.of(upload) {
            Some(Begun::Sent(place, id, sent)) if place == *key => {
                parts::complete_known(&self.bucket, key, &id, sent).await?;
                self.open.take(upload);
                Ok(())
            }
            _ => copy::copy_new(&self.bucket, upload, key).await,
        }
    }

    async fn abandon(&self, upload: &ObjectKey) -> Result<(), StoreError> {
        match self.open.take(upload) {
            Some(Begun::Parts(key, id) | Begun::Sent(key, id, _)) => parts::abort(&self.bucket, &key, &id).await,
            // Without the version, the bucket would keep the content for weeks.
            Some(Begun::Object(Some(version))) => conditional::delete(&self.bucket, upload, Some(version)).await,
            Some(Begun::Object(None)) => match read::head(&self.bucket, upload).await? {
                Some(found) => conditional::delete(&self.bucket, upload, found.version_id).await,
                None => Ok(()),
            },
            None => Ok(()),
        }
    }
}
