//! Answers of S3 that were not enough, and whether another one is asked for.

use std::time::Duration;

use jetway_common::layout::ObjectKey;

use super::body::Break;
use crate::platform::StoreError;

/// How often an answer may break off without a byte more than the one before.
const TRIES: u32 = 5;
/// How long to wait after that, the first time; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// Why one answer was not enough.
pub(super) enum Trouble {
    /// The answer was no good; another one may be.
    Broken(String),
    /// That is the answer.
    Store(StoreError),
    /// The object has fewer bytes.
    Short,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Break> for Trouble {
    fn from(error: Break) -> Self {
        match error {
            Break::Off(reason) => Self::Broken(reason),
            Break::Short => Self::Short,
        }
    }
}

/// Counts answers that broke off without a byte more than the one before.
#[derive(Default)]
pub(super) struct Tries {
    fruitless: u32,
    filled: usize,
}

impl Tries {
    /// Waits before the next answer is asked for, unless there is no use in it.
    pub(super) async fn again(&mut self, key: &ObjectKey, trouble: Trouble, filled: usize) -> Result<(), StoreError> {
        let reason = match trouble {
            Trouble::Broken(reason) => reason,
            Trouble::Short => return Err(StoreError::Short(key.to_string())),
            Trouble::Store(error) => return Err(error),
        };
        tracing::debug!(%key, reason, filled, "an answer of S3 broke off");
        if filled > self.filled {
            *self = Self { fruitless: 0, filled };
            return Ok(());
        }
        self.fruitless += 1;
        if self.fruitless == TRIES {
            let reason = format!("the answer of S3 for `{key}` broke off {TRIES} times: {reason}");
            return Err(StoreError::NotAnswering(reason));
        }
        tokio::time::sleep(PAUSE * (1 << (self.fruitless - 1))).await;
        Ok(())
    }
}
