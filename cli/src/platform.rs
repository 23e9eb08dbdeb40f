//! The seams of the CLI, in its own words. `main` picks one platform; nothing below asks which.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jetway_common::layout::ObjectKey;
use jetway_common::sealed_config::{Context, DataKey, WrappedKey};
use jiff::Timestamp;

/// Everything outside that a command may act on.
pub struct Platform {
    /// Where that is, for people: the account and region; none if it is this machine.
    pub place: Option<String>,
    /// The ARN of whoever acts there; none if that is whoever runs this program.
    pub caller: Option<String>,
    /// Where images, configs, records and reports are.
    pub store: Box<dyn Store>,
    /// What wraps the data keys of configs.
    pub keys: Box<dyn Keys>,
    /// What runs releases.
    pub fleet: Box<dyn crate::fleet::Fleet>,
}

/// Why the store did not do what it was asked. `Ok(None)` and [`Written::Lost`] are answers, not errors.
#[derive(Debug, thiserror::Error)]
#[error("the store could not {action} `{key}`: {reason}")]
pub struct StoreError {
    /// What was asked, as a verb.
    pub action: &'static str,
    /// Of which object.
    pub key: String,
    /// Why it did not happen.
    pub reason: String,
    /// What to do about it, if there is one thing to do.
    pub hint: Option<String>,
}

/// What a conditional write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// The bytes are stored.
    Done,
    /// Another was faster: the object is not as expected, and is as the other left it.
    Lost,
}

/// Tells one content of an object from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// An object as it was read.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its content.
    pub bytes: Bytes,
    /// Which content this is, for [`Store::replace`].
    pub version: Version,
    /// How long ago it was written, by the store's own clock.
    pub age: Duration,
}

/// An object in a listing.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The part of the key after the prefix that was listed.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// When it was written.
    pub written_at: Timestamp,
}

/// Where everything is kept: a bucket, or a folder.
#[async_trait]
pub trait Store: Send + Sync {
    /// Where this store is, for people.
    fn place(&self) -> String;

    /// The whole object, if it is there.
    async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, StoreError>;

    /// The size of the object in bytes, if it is there.
    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, StoreError>;

    /// `length` bytes from `start`; an error if the object has fewer.
    async fn range(&self, key: &ObjectKey, start: u64, length: u64) -> Result<Bytes, StoreError>;

    /// Writes the object only if it is absent.
    async fn put_new(&self, key: &ObjectKey, bytes: &[u8]) -> Result<Written, StoreError>;

    /// Writes an object whose content follows from its key: one that is there already has the same.
    async fn ensure(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), StoreError>;

    /// Writes the object only if its content is still `expected`.
    async fn replace(&self, key: &ObjectKey, bytes: &[u8], expected: &Version) -> Result<Written, StoreError>;

    /// Removes the object only if its content is still `expected`; an absent one is as good as removed.
    async fn remove(&self, key: &ObjectKey, expected: &Version) -> Result<Written, StoreError>;

    /// Removes the object; it may be absent.
    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError>;

    /// Every object whose key begins with `prefix`.
    async fn list(&self, prefix: &ObjectKey) -> Result<Vec<Entry>, StoreError>;

    /// The names right below `prefix` that have something below them: what stands between it and the next `/`.
    async fn folders(&self, prefix: &ObjectKey) -> Result<Vec<String>, StoreError>;

    /// Begins an object that is written in pieces, with a key that nobody else has. Nobody sees it before [`Store::settle`],
    /// which need not move it if its final key, `place`, is known now.
    async fn upload(&self, key: &ObjectKey, place: Option<&ObjectKey>) -> Result<Box<dyn Upload>, StoreError>;

    /// Gives a finished upload its final key; if that object is there already, the upload is dropped.
    async fn settle(&self, upload: &ObjectKey, key: &ObjectKey) -> Result<(), StoreError>;

    /// Removes what there is of an upload, finished or not; it may be settled already.
    async fn abandon(&self, upload: &ObjectKey) -> Result<(), StoreError>;
}

/// An object that is being written in pieces.
#[async_trait]
pub trait Upload: Send {
    /// Takes the next bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Makes what was written durable.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// What wraps the data keys of configs: KMS, or a key file.
#[async_trait]
pub trait Keys: Send + Sync {
    /// A new data key and its wrapped form, bound to `context`.
    async fn mint(&self, context: &Context) -> anyhow::Result<(DataKey, WrappedKey)>;

    /// The data key that was wrapped for `context`.
    async fn unwrap(&self, wrapped: &WrappedKey, context: &Context) -> anyhow::Result<DataKey>;
}
