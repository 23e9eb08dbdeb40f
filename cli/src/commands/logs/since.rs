//! A time in the past, as people write it.

use std::str::FromStr;

use jetway_common::seconds::Seconds;
use jiff::{SignedDuration, Timestamp};

/// A time, or a length of time before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Since(Timestamp);

/// A text that is neither.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is neither a length of time, for example \"10m\" or \"2d\", nor a time, for example \"2026-01-31T12:00:00Z\""
)]
pub(super) struct SinceError(String);

impl Since {
    pub(super) fn time(self) -> Timestamp {
        self.0
    }
}

impl FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        let error = || SinceError(text.to_owned());
        match seconds(text) {
            Some(seconds) => Timestamp::now().checked_sub(SignedDuration::from_secs(seconds)).map_err(|_| error()),
            None => text.parse().map_err(|_| error()),
        }
        .map(Self)
    }
}

fn seconds(text: &str) -> Option<i64> {
    match text.strip_suffix('d').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
        Some(days) => days.parse::<i64>().ok()?.checked_mul(86_400),
        None => text.parse::<Seconds>().ok().map(|seconds| seconds.0.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_and_times_are_read() {
        for (text, expected) in
            [("30s", Some(30)), ("10m", Some(600)), ("2d", Some(172_800)), ("d", None), ("-1d", None)]
        {
            assert_eq!(seconds(text), expected, "{text}");
        }
        let time: Since = "2026-01-31T12:00:00+01:00".parse().unwrap();
        assert_eq!(time.time().to_string(), "2026-01-31T11:00:00Z");
        for text in ["", "yesterday", "10", "2026-01-31", "99999999999999999d"] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
