//! From what AWS answers when it refuses to kinds of faults.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use jetway_common::refusal::Kind;

use super::Fault;

pub(super) fn fault(code: Option<&str>, message: &str, answer: &HttpResponse) -> Fault {
    let status = answer.status().as_u16();
    // A HEAD request is answered without a body, so there the status is all there is.
    let code = code.unwrap_or(match status {
        403 => "AccessDenied",
        503 => "SlowDown",
        _ => "",
    });
    match Kind::of(code, message, status) {
        Kind::Clock => Fault::ClockSkew,
        Kind::Throttled => Fault::Throttled,
        Kind::Expired => Fault::Expired,
        Kind::UnknownKey => Fault::UnknownKey(message.to_owned()),
        Kind::Elsewhere => Fault::OtherRegion(answer.headers().get("x-amz-bucket-region").map(str::to_owned)),
        Kind::Denied => Fault::Denied(message.to_owned()),
        Kind::Broken if message.is_empty() => Fault::Broken(format!("HTTP {status} {code}")),
        Kind::Broken => Fault::Broken(message.to_owned()),
        Kind::Foreign => Fault::NoAnswer(status),
        Kind::Refused => Fault::Refused { code: code.to_owned(), message: message.to_owned() },
    }
}
