//! What it means when AWS refuses: services name the same thing differently.

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller's clock and that of AWS are too far apart.
    Clock,
    /// AWS asks to be asked less often.
    Throttled,
    /// The credentials are over.
    Expired,
    /// The credentials are not known, or not known yet.
    UnknownKey,
    /// The bucket is in another region.
    Elsewhere,
    /// The caller may not do it.
    Denied,
    /// AWS has a fault of its own.
    Broken,
    /// It does not have the form of an answer of AWS.
    Foreign,
    /// Any other refusal.
    Refused,
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>, but for what says of itself that it is
/// throttled, and for `LimitExceededException`: that is a quota of CloudFormation or KMS, which no patience raises.
const THROTTLED: [&str; 7] = [
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const EXPIRED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const UNKNOWN_KEY: [&str; 7] = [
    "AuthFailure",
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
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthorizationError", "UnauthorizedOperation"];

impl Kind {
    /// The kind of a refusal with this code, which is empty where the answer has none, this message and HTTP status.
    pub fn of(code: &str, message: &str, status: u16) -> Self {
        let is = |codes: &[&str]| codes.contains(&code);
        if is(&CLOCK) || CLOCK_WORDS.iter().any(|words| message.contains(words)) {
            Self::Clock
        } else if is(&THROTTLED) || code.contains("Throttl") || message.contains("Rate exceeded") || status == 429 {
            Self::Throttled
        } else if is(&EXPIRED) {
            Self::Expired
        } else if is(&UNKNOWN_KEY) {
            Self::UnknownKey
        } else if is(&ELSEWHERE) || matches!(status, 301 | 307) {
            Self::Elsewhere
        } else if is(&DENIED) {
            Self::Denied
        } else if status >= 500 {
            Self::Broken
        } else if code.is_empty() {
            Self::Foreign
        } else {
            Self::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_all_services_mean_the_same() {
        for (code, message, status, kind) in [
            ("SlowDown", "", 503, Kind::Throttled),
            ("Throttling", "Rate exceeded", 400, Kind::Throttled),
            ("ThrottlingException", "", 400, Kind::Throttled),
            ("EC2ThrottledException", "", 400, Kind::Throttled),
            ("RequestLimitExceeded", "", 503, Kind::Throttled),
            ("", "", 429, Kind::Throttled),
            ("LimitExceededException", "", 400, Kind::Refused),
            ("SignatureDoesNotMatch", "Signature expired: 2026 is now earlier than 2027", 403, Kind::Clock),
            ("InvalidSignatureException", "Signature not yet current", 400, Kind::Clock),
            ("InvalidSignatureException", "The request signature we calculated does not match", 400, Kind::UnknownKey),
            ("UnrecognizedClientException", "", 400, Kind::UnknownKey),
            ("AuthFailure", "", 401, Kind::UnknownKey),
            ("ExpiredToken", "", 403, Kind::Expired),
            ("AuthorizationHeaderMalformed", "", 400, Kind::Elsewhere),
            ("", "", 301, Kind::Elsewhere),
            ("AccessDenied", "", 403, Kind::Denied),
            ("AuthorizationError", "", 403, Kind::Denied),
            ("ServiceUnavailable", "", 503, Kind::Broken),
            ("", "", 502, Kind::Broken),
            ("", "", 403, Kind::Foreign),
            ("ValidationError", "", 400, Kind::Refused),
        ] {
            assert_eq!(Kind::of(code, message, status), kind, "{code} {status}");
        }
    }
}
