//! How long a refusal that may pass by itself is tried again, before it counts as the answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Wait;

/// Counts from the first refusal in a row.
#[derive(Debug)]
pub struct Patience {
    limit: Duration,
    since: Mutex<Option<Instant>>,
}

impl Patience {
    /// Patience that lasts for `limit`.
    pub const fn of(limit: Duration) -> Self {
        Self { limit, since: Mutex::new(None) }
    }

    /// It was refused once more: whether to wait still.
    pub fn refused(&self) -> Wait {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = since.get_or_insert_with(Instant::now).elapsed();
        if waited < self.limit { Wait::Later } else { Wait::Never }
    }

    /// It was granted: the next refusal is a first one.
    pub fn granted(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_counts_from_the_first_refusal_in_a_row() {
        let patience = Patience::of(Duration::from_mins(2));
        assert_eq!(patience.refused(), Wait::Later);
        tokio::time::advance(Duration::from_secs(119)).await;
        assert_eq!(patience.refused(), Wait::Later);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(patience.refused(), Wait::Never);
        patience.granted();
        assert_eq!(patience.refused(), Wait::Later);
    }
}
