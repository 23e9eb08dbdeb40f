//! From the codes of the APIs to kinds of faults. Services name the same thing differently.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Fault;

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>, but for `LimitExceededException`: that
/// is a quota of CloudFormation or KMS, which no patience raises.
const THROTTLED: [&str; 13] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthorizationError", "UnauthorizedOperation"];
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
const OTHER_REGION: [&str; 4] =
    ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect", "TemporaryRedirect"];

pub(super) fn fault(code: Option<&str>, message: &str, answer: &HttpResponse) -> Fault {
    let status = answer.status().as_u16();
    // A HEAD request is answered without a body, so there the status is all there is.
    let code = code.unwrap_or(match status {
        301 | 307 => "PermanentRedirect",
        403 => "AccessDenied",
        429 | 503 => "SlowDown",
        _ => "",
    });
    let is = |codes: &[&str]| codes.contains(&code);
    if is(&CLOCK) || CLOCK_WORDS.iter().any(|words| message.contains(words)) {
        Fault::ClockSkew
    } else if is(&THROTTLED) || message.contains("Rate exceeded") {
        Fault::Throttled
    } else if is(&EXPIRED) {
        Fault::Expired
    } else if is(&UNKNOWN_KEY) {
        Fault::UnknownKey(message.to_owned())
    } else if is(&OTHER_REGION) {
        Fault::OtherRegion(answer.headers().get("x-amz-bucket-region").map(str::to_owned))
    } else if is(&DENIED) {
        Fault::Denied(message.to_owned())
    } else if status >= 500 {
        Fault::Broken(if message.is_empty() { format!("HTTP {status} {code}") } else { message.to_owned() })
    } else {
        Fault::Refused { code: code.to_owned(), message: message.to_owned() }
    }
}
