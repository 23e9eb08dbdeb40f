//! Lists what is in the bucket, all pages of it.

use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
use aws_sdk_s3::types;
use jetway_common::layout::ObjectKey;
use jiff::Timestamp;

use super::Bucket;
use crate::platform::{Entry, StoreError};

pub(super) async fn objects(bucket: &Bucket, prefix: &ObjectKey) -> Result<Vec<Entry>, StoreError> {
    let mut pages = request(bucket, prefix).into_paginator().send();
    let mut entries = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(bucket.failed("list", prefix))?;
        for object in page.contents() {
            entries.push(entry(object, prefix).ok_or_else(|| bucket.wrong("list", prefix, "S3 left out what it has"))?);
        }
    }
    Ok(entries)
}

fn entry(object: &types::Object, prefix: &ObjectKey) -> Option<Entry> {
    let written = object.last_modified()?;
    Some(Entry {
        name: object.key()?.strip_prefix(prefix.as_str())?.to_owned(),
        size: u64::try_from(object.size()?).ok()?,
        written_at: Timestamp::new(written.secs(), i32::try_from(written.subsec_nanos()).ok()?).ok()?,
    })
}

pub(super) async fn folders(bucket: &Bucket, prefix: &ObjectKey) -> Result<Vec<String>, StoreError> {
    let mut pages = request(bucket, prefix).delimiter("/").into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(bucket.failed("list", prefix))?;
        let folders = page.common_prefixes().iter().filter_map(|folder| folder.prefix()?.strip_prefix(prefix.as_str()));
        names.extend(folders.map(|name| name.trim_end_matches('/').to_owned()));
    }
    Ok(names)
}

/// Whether an object is there, by its key alone.
pub(super) async fn names(bucket: &Bucket, key: &ObjectKey) -> Result<bool, StoreError> {
    // Of all keys that begin so, this one is the first.
    Ok(first(bucket, key).await?.as_deref() == Some(key.as_str()))
}

/// The first of all keys that begin with `prefix`.
pub(super) async fn first(bucket: &Bucket, prefix: &ObjectKey) -> Result<Option<String>, StoreError> {
    let listed = request(bucket, prefix).max_keys(1).send().await.map_err(bucket.failed("list", prefix))?;
    Ok(listed.contents.unwrap_or_default().into_iter().find_map(|object| object.key))
}

fn request(bucket: &Bucket, prefix: &ObjectKey) -> ListObjectsV2FluentBuilder {
    let Bucket { name, account, client, .. } = bucket;
    client.list_objects_v2().bucket(name).prefix(prefix.as_str()).expected_bucket_owner(account.id())
}
