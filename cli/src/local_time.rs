//! Times for people are in their own zone; JSON keeps UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `at` in the zone of this machine, to the second.
pub fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}
