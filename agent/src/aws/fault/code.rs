//! From the codes of the APIs to what they mean for an instance. Services name the same thing differently.

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Our clock and that of AWS are too far apart.
    Clock,
    /// AWS asks to be asked less often.
    Throttled,
    /// The credentials are over.
    Expired,
    /// The credentials are not known, or not known yet.
    UnknownKey,
    /// The bucket is in another region.
    Elsewhere,
    /// The role may not do it.
    Denied,
    /// AWS has a fault of its own.
    Broken,
    /// It does not have the form of an answer of AWS.
    Foreign,
    /// Any other refusal.
    Refused,
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
const THROTTLED: [&str; 5] = [
    "RequestLimitExceeded",
    "PriorRequestNotComplete",
    "SlowDown",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
];
const EXPIRED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const UNKNOWN_KEY: [&str; 6] = [
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const CLOCK: [&str; 2] = ["RequestInTheFuture", "RequestTimeTooSkewed"];
/// How signatures that are too old or too new are refused, under the codes of wrong signatures.
const CLOCK_WORDS: [&str; 2] = ["Signature expired", "Signature not yet current"];
const ELSEWHERE: [&str; 4] =
    ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect", "TemporaryRedirect"];
const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation"];

pub(super) fn kind(code: &str, message: &str, status: u16) -> Kind {
    let is = |codes: &[&str]| codes.contains(&code);
    if is(&CLOCK) || CLOCK_WORDS.iter().any(|words| message.contains(words)) {
        Kind::Clock
    } else if is(&THROTTLED) || code.contains("Throttl") || message.contains("Rate exceeded") || status == 429 {
        Kind::Throttled
    } else if is(&EXPIRED) {
        Kind::Expired
    } else if is(&UNKNOWN_KEY) {
        Kind::UnknownKey
    } else if is(&ELSEWHERE) || matches!(status, 301 | 307) {
        Kind::Elsewhere
    } else if is(&DENIED) {
        Kind::Denied
    } else if status >= 500 {
        Kind::Broken
    } else if code.is_empty() {
        Kind::Foreign
    } else {
        Kind::Refused
    }
}
