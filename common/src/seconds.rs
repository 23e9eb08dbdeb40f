//! Lengths of time as people write them: `5s`, `2m`, `1h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A whole number of seconds, written `90s`, `2m` or `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seconds(pub u32);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time; write a whole number and its unit, for example \"30s\", \"2m\" or \"1h\"")]
pub struct SecondsError(String);

impl Seconds {
    /// The same length for the standard library and tokio.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let error = || SecondsError(text.to_owned());
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match &text[digits.len()..] {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(error()),
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let count: u32 = if is_number { digits.parse().map_err(|_| error())? } else { return Err(error()) };
        count.checked_mul(unit).map(Self).ok_or_else(error)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n > 0 && n % 3600 == 0 => write!(f, "{}h", n / 3600),
            n if n > 0 && n % 60 == 0 => write!(f, "{}m", n / 60),
            n => write!(f, "{n}s"),
        }
    }
}

impl TryFrom<String> for Seconds {
    type Error = SecondsError;

    fn try_from(text: String) -> Result<Self, SecondsError> {
        text.parse()
    }
}

impl From<Seconds> for String {
    fn from(seconds: Seconds) -> Self {
        seconds.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_the_largest_that_fits_is_written() {
        for (text, seconds, written) in
            [("0s", 0, "0s"), ("5s", 5, "5s"), ("120s", 120, "2m"), ("90s", 90, "90s"), ("1h", 3600, "1h")]
        {
            let parsed: Seconds = text.parse().unwrap();
            assert_eq!((parsed.0, parsed.to_string().as_str()), (seconds, written), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "s", "-5s", "+5s", "1.5s", "5 s", "5ms", "5S", "9999999999s", "2000000h", "٣s"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
