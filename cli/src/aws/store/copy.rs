//! Copies an object within the bucket to a key that must be new.
//!
//! The bucket's policy denies a plain copy to a key that is never rewritten, so the copy is put together from parts:
//! only their completion carries the condition.

use aws_sdk_s3::types::CompletedPart;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jetway_common::layout::ObjectKey;

use super::answer::Unmet;
use super::parts::{ATTEMPTS, PAUSE};
use super::{Bucket, parts, read};
use crate::platform::StoreError;

/// How much is copied with one request; S3 allows 5 GiB, and copies smaller pieces side by side.
const PIECE: u64 = 64 * 1024 * 1024;
/// How many pieces are copied at the same time.
const PIECES_AT_ONCE: usize = 8;

/// Copies `from` to `to`, unless that is there already: its key says what it holds.
pub(super) async fn copy_new(bucket: &Bucket, from: &ObjectKey, to: &ObjectKey) -> Result<(), StoreError> {
    let size = read::size(bucket, from).await?.ok_or_else(|| bucket.wrong("read", from, "it is not there"))?;
    for attempt in 1..=ATTEMPTS {
        let id = parts::begin(bucket, to).await?;
        let copied = match pieces(bucket, from, to, &id, size).await {
            Ok(pieces) => parts::complete_new(bucket, to, &id, pieces).await,
            Err(error) => Err(error),
        };
        if let Ok(Ok(_)) = copied {
            return Ok(());
        }
        let aborted = parts::abort(bucket, to, &id).await;
        aborted?;
        match copied? {
            Ok(_) | Err(Unmet::Condition) => return Ok(()),
            // A completion whose answer was lost ends the upload, so that it is absent when it is asked for again.
            Err(Unmet::Absent) if read::size(bucket, to).await?.is_some() => return Ok(()),
            Err(Unmet::Absent | Unmet::Conflict) => tokio::time::sleep(PAUSE * attempt).await,
        }
    }
    Err(parts::in_conflict(bucket, to))
}

async fn pieces(
    bucket: &Bucket,
    from: &ObjectKey,
    to: &ObjectKey,
    id: &str,
    size: u64,
) -> Result<Vec<CompletedPart>, StoreError> {
    let copies = (1..).zip(ranges(size)).map(|(number, range)| copy_piece(bucket, from, (to, id, number), range));
    stream::iter(copies).buffer_unordered(PIECES_AT_ONCE).try_collect().await
}

/// The pieces of an object of that size, each with its first byte and the one behind its last.
fn ranges(size: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..size.div_ceil(PIECE)).map(move |piece| (piece * PIECE, ((piece + 1) * PIECE).min(size)))
}

async fn copy_piece(
    bucket: &Bucket,
    from: &ObjectKey,
    (to, id, number): (&ObjectKey, &str, i32),
    (start, end): (u64, u64),
) -> Result<CompletedPart, StoreError> {
    let Bucket { name, account, bulk, .. } = bucket;
    let request = bulk.upload_part_copy().bucket(name).key(to.as_str()).upload_id(id).part_number(number);
    let request = request.copy_source(format!("{name}/{from}")).copy_source_range(format!("bytes={start}-{}", end - 1));
    let request = request.expected_bucket_owner(account.id()).expected_source_bucket_owner(account.id());
    let copied = request.send().await.map_err(bucket.failed("write", to))?;
    let part = copied.copy_part_result.ok_or_else(|| bucket.wrong("write", to, "S3 did not say what it copied"))?;
    let completed = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
    Ok(completed.set_checksum_sha256(part.checksum_sha256).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
    #[test]
    fn the_pieces_of_the_largest_upload_are_whole_and_as_s3_wants_them() {
        const GIB: u64 = 1024 * 1024 * 1024;
        for size in [1, PIECE, PIECE + 1, 5 * GIB + 1, 78 * GIB] {
            let pieces: Vec<(u64, u64)> = ranges(size).collect();
            assert_eq!((pieces[0].0, pieces[pieces.len() - 1].1), (0, size));
            assert!(pieces.windows(2).all(|pair| pair[0].1 == pair[1].0), "{size}");
            assert!(pieces.len() <= 10_000 && pieces.iter().all(|(start, end)| end > start && end - start <= 5 * GIB));
        }
    }
}
