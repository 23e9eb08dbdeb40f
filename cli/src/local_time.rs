//! Times for people are in their own zone; JSON keeps UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `at` in the zone of this machine, to the second.
pub fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// How long ago `at` was, in the largest unit that says enough.
pub fn ago(at: Timestamp) -> String {
    match Timestamp::now().duration_since(at).as_secs().max(0) {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7200 => format!("{} min ago", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}
