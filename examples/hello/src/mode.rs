//! How the application misbehaves on request, so that tests can see what a deploy says about it.

use std::time::Duration;

/// The value of `HELLO_MODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Serves and is healthy.
    Ok,
    /// Ends at once with this code.
    Exit(u8),
    /// Ends a moment after its start, as a program with a bug does.
    Crash,
    /// Serves, but its health check never succeeds.
    Unhealthy,
    /// Stays up and listens on nothing.
    Deaf,
    /// Serves, but is healthy only after this time.
    Slow(Duration),
    /// Serves and is healthy, and crashes after this time.
    Lapse(Duration),
    /// Writes its config value to standard error, as a careless program does.
    Leak,
}

impl Mode {
    /// Reads the switch; an empty one means [`Mode::Ok`].
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let known = "ok, exit:CODE, crash, unhealthy, deaf, slow:SECONDS, lapse:SECONDS, leak";
        let mode = match text.split_once(':') {
            None => match text {
                "" | "ok" => Some(Self::Ok),
                "crash" => Some(Self::Crash),
                "unhealthy" => Some(Self::Unhealthy),
                "deaf" => Some(Self::Deaf),
                "leak" => Some(Self::Leak),
                _ => None,
            },
            Some(("exit", code)) => code.parse().ok().map(Self::Exit),
            Some(("slow", text)) => seconds(text).map(Self::Slow),
            Some(("lapse", text)) => seconds(text).map(Self::Lapse),
            Some(_) => None,
        };
        mode.ok_or_else(|| format!("HELLO_MODE is {text:?}; known are {known}"))
    }
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_read() {
        let cases = [
            ("", Mode::Ok),
            ("ok", Mode::Ok),
            ("exit:7", Mode::Exit(7)),
            ("crash", Mode::Crash),
            ("unhealthy", Mode::Unhealthy),
            ("deaf", Mode::Deaf),
            ("slow:4", Mode::Slow(Duration::from_secs(4))),
            ("lapse:4", Mode::Lapse(Duration::from_secs(4))),
            ("leak", Mode::Leak),
        ];
        for (text, mode) in cases {
            assert_eq!(Mode::parse(text), Ok(mode));
        }
    }

    #[test]
    fn an_unknown_mode_is_refused() {
        for text in ["exit", "exit:256", "slow:", "slow:-1", "lapse", "OK", "ok:1"] {
            assert!(Mode::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
