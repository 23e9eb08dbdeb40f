//! An object that is sent in parts, several at a time, while it grows or after; a small one may go in a single request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedPart};
use bytes::{Bytes, BytesMut};
use jetway_common::layout::ObjectKey;
use tokio::task::JoinSet;

use super::{Bucket, S3Store, parts, read};
use crate::platform::{StoreError, Upload};

/// The size of a part. An object has at most 10,000 parts, so this allows 78 GiB, and S3 wants at least 5 MiB:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
const PART: usize = 8 * 1024 * 1024;

/// What S3 has, or may have, of an upload.
#[derive(Debug, Clone)]
pub(super) enum Begun {
    /// Parts of the object with this key, under the name that S3 gave them.
    Parts(ObjectKey, Arc<str>),
    /// All parts of the object with this key, which is its final one: what is missing is their completion.
    Sent(ObjectKey, Arc<str>, Vec<CompletedPart>),
    /// An object, and what S3 calls this content of it if it said so.
    Object(Option<String>),
}

/// What this program has begun to upload and not removed again.
#[derive(Default)]
pub(super) struct OpenUploads(Mutex<HashMap<ObjectKey, Begun>>);

impl OpenUploads {
    fn put(&self, key: &ObjectKey, begun: Begun) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), begun);
    }

    /// What there is of an upload.
    pub(super) fn of(&self, key: &ObjectKey) -> Option<Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// What there is of an upload; nobody else is told of it afterwards.
    pub(super) fn take(&self, key: &ObjectKey) -> Option<Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

/// One such object. When it is dropped, no further part is sent; [`OpenUploads`] knows what is left to abort.
pub(super) struct S3Upload {
    store: S3Store,
    key: ObjectKey,
    place: Option<ObjectKey>,
    buffer: BytesMut,
    begun: Option<Arc<str>>,
    last: i32,
    sending: JoinSet<Result<CompletedPart, StoreError>>,
    sent: Vec<CompletedPart>,
}

impl S3Upload {
    pub(super) fn new(store: &S3Store, key: &ObjectKey, place: Option<&ObjectKey>) -> Self {
        Self {
            store: store.clone(),
            key: key.clone(),
            place: place.cloned(),
            buffer: BytesMut::new(),
            begun: None,
            last: 0,
            sending: JoinSet::new(),
            sent: Vec::new(),
        }
    }

    /// The key of the object that the parts are of.
    fn at(&self) -> ObjectKey {
        self.place.as_ref().unwrap_or(&self.key).clone()
    }

    async fn id(&mut self) -> Result<Arc<str>, StoreError> {
        if let Some(id) = &self.begun {
            return Ok(Arc::clone(id));
        }
        let id: Arc<str> = parts::begin(&self.store.bucket, &self.at()).await?.into();
        self.store.open.put(&self.key, Begun::Parts(self.at(), Arc::clone(&id)));
        self.begun = Some(Arc::clone(&id));
        Ok(id)
    }

    /// Sends a part on a task of its own, as soon as there is room for one more.
    async fn send(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let id = self.id().await?;
        let room = Arc::clone(&self.store.parts).acquire_owned().await;
        let room = room.map_err(|error| self.store.bucket.wrong("write", &self.key, error.to_string()))?;
        while let Some(ended) = self.sending.try_join_next() {
            self.take(ended)?;
        }
        self.last += 1;
        let (store, at, number) = (self.store.clone(), self.at(), self.last);
        self.sending.spawn(async move {
            let sent = send_part(&store.bucket, &at, &id, number, bytes).await;
            drop(room);
            sent
        });
        Ok(())
    }

    fn take(
        &mut self,
        ended: Result<Result<CompletedPart, StoreError>, tokio::task::JoinError>,
    ) -> Result<(), StoreError> {
        let sent = ended.map_err(|error| self.store.bucket.wrong("write", &self.key, error.to_string()))?;
        self.sent.push(sent?);
        Ok(())
    }

    async fn send_whole(&mut self) -> Result<(), StoreError> {
        self.store.open.put(&self.key, Begun::Object(None));
        let Bucket { name, account, bulk, .. } = &*self.store.bucket;
        let request = bulk.put_object().bucket(name).key(self.key.as_str()).expected_bucket_owner(account.id());
        let request = request.checksum_algorithm(ChecksumAlgorithm::Sha256).body(self.buffer.split().freeze().into());
        let sent = request.send().await.map_err(self.store.bucket.failed("write", &self.key))?;
        self.store.open.put(&self.key, Begun::Object(sent.version_id));
        Ok(())
    }

    /// All parts, once S3 has them.
    async fn sent(&mut self) -> Result<Vec<CompletedPart>, StoreError> {
        if !self.buffer.is_empty() {
            let rest = self.buffer.split().freeze();
            self.send(rest).await?;
        }
        while let Some(ended) = self.sending.join_next().await {
            self.take(ended)?;
        }
        Ok(std::mem::take(&mut self.sent))
    }

    async fn complete(&mut self, id: &str) -> Result<(), StoreError> {
        let sent = self.sent().await?;
        let bucket = &self.store.bucket;
        let completed = parts::complete_new(bucket, &self.key, id, sent).await?;
        // The key is a random name of this upload's own, so that whatever is there is this upload.
        let version = match completed {
            Ok(version) => version,
            Err(_) => match read::head(bucket, &self.key).await? {
                Some(found) => found.version_id,
                None => return Err(bucket.wrong("write", &self.key, "S3 has lost the upload")),
            },
        };
        self.store.open.put(&self.key, Begun::Object(version));
        Ok(())
    }
}

#[async_trait]
impl Upload for S3Upload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(&bytes);
        while self.buffer.len() >= PART {
            let part = self.buffer.split_to(PART).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        match (self.place.clone(), self.begun.clone()) {
            (Some(place), _) => {
                let (id, sent) = (self.id().await?, self.sent().await?);
                self.store.open.put(&self.key, Begun::Sent(place, id, sent));
                Ok(())
            }
            (None, Some(id)) => self.complete(&id).await,
            (None, None) => self.send_whole().await,
        }
    }
}

async fn send_part(
    bucket: &Bucket,
    key: &ObjectKey,
    id: &str,
    number: i32,
    bytes: Bytes,
) -> Result<CompletedPart, StoreError> {
    let Bucket { name, account, bulk, .. } = bucket;
    let request = bulk.upload_part().bucket(name).key(key.as_str()).upload_id(id).part_number(number);
    let request = request.expected_bucket_owner(account.id()).checksum_algorithm(ChecksumAlgorithm::Sha256);
    let sent = request.body(bytes.into()).send().await.map_err(bucket.failed("write", key))?;
    let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
    Ok(part.set_checksum_sha256(sent.checksum_sha256).build())
}
