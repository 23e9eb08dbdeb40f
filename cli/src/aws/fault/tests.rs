//! Every kind of fault, as a person is told of it.

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

fn refused(status: u16, code: &str, message: &str) -> SdkError<GetCallerIdentityError, HttpResponse> {
    let metadata = ErrorMetadata::builder().code(code).message(message).build();
    let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    answer.headers_mut().insert("x-amz-bucket-region", "eu-west-1");
    SdkError::service_error(GetCallerIdentityError::generic(metadata), answer)
}

fn without_credentials(error: CredentialsError) -> SdkError<GetCallerIdentityError, HttpResponse> {
    SdkError::dispatch_failure(ConnectorError::other(error.into(), None))
}

fn told(error: &SdkError<GetCallerIdentityError, HttpResponse>) -> String {
    let fault = Fault::of(error);
    let UserError { message, hint, .. } = fault.tell("read the store", Some("work"));
    let again = if fault.is_transient() { " (again)" } else { "" };
    format!("{message}{again} -> {}", hint.unwrap_or_default())
}

#[test]
fn every_refusal_says_what_happened_and_what_to_do() {
    let denied = "User: arn:aws:iam::1:user/ann is not authorized to perform: s3:PutObject on resource: x";
    for (status, code, message, expected) in [
        (
            403,
            "AccessDenied",
            denied,
            "could not read the store: AWS denies it: User: arn:aws:iam::1:user/ann is not authorized to perform: s3:PutObject on resource: x -> `jetway policy deploy` and `jetway policy operator` print what is needed",
        ),
        (
            403,
            "ExpiredToken",
            "The provided token has expired.",
            "could not read the store: the temporary AWS credentials have expired -> get new ones, and run the command again",
        ),
        (
            403,
            "InvalidClientTokenId",
            "No such key",
            "could not read the store: AWS does not accept the credentials: No such key -> `aws sts get-caller-identity` shows whether they work elsewhere; --profile names other ones",
        ),
        (
            403,
            "RequestTimeTooSkewed",
            "",
            "could not read the store: the clock of this machine and that of AWS are too far apart -> set this machine's clock",
        ),
        (
            403,
            "SignatureDoesNotMatch",
            "Signature expired: 2026 is now earlier than 2027",
            "could not read the store: the clock of this machine and that of AWS are too far apart -> set this machine's clock",
        ),
        (
            503,
            "SlowDown",
            "Please reduce your request rate.",
            "could not read the store: AWS asks to be asked less often, again and again (again) -> run the command again",
        ),
        (
            400,
            "Throttling",
            "Rate exceeded",
            "could not read the store: AWS asks to be asked less often, again and again (again) -> run the command again",
        ),
        (
            301,
            "PermanentRedirect",
            "",
            "could not read the store: the bucket is in the region eu-west-1 -> --region eu-west-1",
        ),
        (
            500,
            "InternalError",
            "We encountered an internal error.",
            "could not read the store: AWS has a fault of its own: We encountered an internal error. (again) -> run the command again in a while",
        ),
        (
            400,
            "ValidationError",
            "Parameter x\u{1b} is wrong",
            "could not read the store: Parameter x\\u{1b} is wrong -> ",
        ),
        (400, "Odd", "", "could not read the store: AWS refuses with `Odd` -> "),
    ] {
        assert_eq!(told(&refused(status, code, message)), expected);
    }
}

#[test]
fn credentials_that_are_missing_or_over_are_told_apart() {
    let session = "the SSO token has expired and cannot be refreshed";
    for (error, expected) in [
        (
            CredentialsError::not_loaded("none"),
            "could not read the store: there are no AWS credentials on this machine -> sign in with `aws login` or `aws sso login`, name a profile with --profile, or set AWS_ACCESS_KEY_ID",
        ),
        (
            CredentialsError::provider_error(session),
            "could not read the store: the session of IAM Identity Center is over -> aws sso login --profile work",
        ),
        (
            CredentialsError::provider_error("cached Login token is expired"),
            "could not read the store: the session of `aws login` is over -> aws login --profile work",
        ),
        (
            CredentialsError::invalid_configuration("profile `x` has no role"),
            "could not read the store: no AWS credentials were got: profile `x` has no role -> `aws sts get-caller-identity` shows whether the AWS settings of this machine work",
        ),
    ] {
        assert_eq!(told(&without_credentials(error)), expected);
    }
}

#[test]
fn what_is_no_answer_of_aws_is_told_as_that() {
    let answer = HttpResponse::new(502.try_into().unwrap(), SdkBody::from("<html>"));
    assert_eq!(
        told(&SdkError::response_error("not JSON", answer)),
        "could not read the store: HTTP 502, and not in the form of an answer of AWS (again) -> look whether a proxy or \
         AWS_ENDPOINT_URL stands between this machine and AWS"
    );
    assert_eq!(
        told(&SdkError::dispatch_failure(ConnectorError::io("connection refused".into()))),
        "could not read the store: AWS was not reached: connection refused (again) -> look at the network, the proxy \
         variables and the region's name"
    );
}
