//! The bodies of S3's answers: taken as they come, given up when nothing comes, and never taken for more than they are.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use tokio::time::{Instant, timeout, timeout_at};

use crate::aws::imds::deepest;

/// When a connection is given up. What came on it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Nothing came for so long.
    pub(super) stall: Duration,
    /// It is slower than so many bytes per second, on the whole.
    pub(super) slowest: u64,
}

/// A connection of the slowest mobile phone is faster.
pub(super) const PACE: Pace = Pace { stall: Duration::from_secs(30), slowest: 64 * 1024 };

/// Why an answer did not give all that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Break {
    /// The connection broke off, or the answer was another one.
    Off(String),
    /// The object ends earlier.
    Short,
}

/// A part of an object on its way into memory.
pub(super) struct Range<'a> {
    start: u64,
    into: &'a mut [u8],
    filled: usize,
}

impl<'a> Range<'a> {
    pub(super) fn new(start: u64, into: &'a mut [u8]) -> Self {
        Self { start, into, filled: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled == self.into.len()
    }

    /// The bytes that came so far.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// What is missing, as HTTP says it.
    pub(super) fn header(&self) -> String {
        format!("bytes={}-{}", self.next(), self.end().saturating_sub(1))
    }

    fn next(&self) -> u64 {
        self.start + self.filled as u64
    }

    fn end(&self) -> u64 {
        self.start + self.into.len() as u64
    }

    /// Takes what it lacks of `chunk`, and leaves what is more.
    fn take(&mut self, chunk: &[u8]) {
        let room = &mut self.into[self.filled..];
        let count = room.len().min(chunk.len());
        room[..count].copy_from_slice(&chunk[..count]);
        self.filled += count;
    }
}

/// Fills `range` as far as `answer` goes.
pub(super) async fn fill(mut answer: GetObjectOutput, range: &mut Range<'_>, pace: Pace) -> Result<(), Break> {
    let mut skip = beginning(&answer, range)?;
    let deadline = pace.deadline(range.end() - range.next() + skip);
    while !range.is_full() {
        let Some(chunk) = pace.next(&mut answer, deadline).await? else {
            return Err(Break::Off(format!("it ended {} bytes too early", range.into.len() - range.filled)));
        };
        let over = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= over as u64;
        range.take(&chunk[over..]);
    }
    Ok(())
}

/// How many bytes come before those that were asked for: some proxies ignore ranges and give the whole object.
fn beginning(answer: &GetObjectOutput, range: &Range<'_>) -> Result<u64, Break> {
    let length = answer.content_length.and_then(|length| u64::try_from(length).ok());
    let Some(text) = &answer.content_range else {
        return if length.is_some_and(|length| length < range.end()) { Err(Break::Short) } else { Ok(range.next()) };
    };
    let (first, total) = content_range(text).ok_or_else(|| Break::Off(format!("it is `{text}`")))?;
    if first != range.next() {
        return Err(Break::Off(format!("it begins at byte {first} instead of {}", range.next())));
    }
    if total < range.end() { Err(Break::Short) } else { Ok(0) }
}

/// The first byte and the size of the whole in `bytes 0-99/1234`.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}

/// The whole body; none if it has more than `limit` bytes.
pub(super) async fn whole(mut answer: GetObjectOutput, limit: usize, pace: Pace) -> Result<Option<Vec<u8>>, Break> {
    let length = answer.content_length.and_then(|length| usize::try_from(length).ok());
    if length.is_some_and(|length| length > limit) {
        return Ok(None);
    }
    let deadline = pace.deadline(limit as u64);
    let mut bytes = Vec::new();
    while let Some(chunk) = pace.next(&mut answer, deadline).await? {
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    match length {
        Some(length) if bytes.len() < length => {
            Err(Break::Off(format!("it ended {} bytes too early", length - bytes.len())))
        }
        _ => Ok(Some(bytes)),
    }
}

impl Pace {
    fn deadline(self, bytes: u64) -> Instant {
        Instant::now() + self.stall + Duration::from_secs(bytes / self.slowest)
    }

    async fn next(self, answer: &mut GetObjectOutput, deadline: Instant) -> Result<Option<Bytes>, Break> {
        let chunk = timeout_at(deadline, timeout(self.stall, answer.body.next())).await;
        let chunk = chunk.map_err(|_| Break::Off(format!("it was slower than {} kB/s", self.slowest / 1024)))?;
        let chunk = chunk.map_err(|_| Break::Off(format!("nothing came for {} s", self.stall.as_secs())))?;
        chunk.transpose().map_err(|error| Break::Off(deepest(&error)))
    }
}
