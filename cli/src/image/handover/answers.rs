//! What the endpoint answers, as HTTP.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full, combinators::BoxBody};
use hyper::header::{CONTENT_LENGTH, HeaderName, LOCATION, RANGE};
use hyper::{Response, StatusCode};

use super::endpoint::REPOSITORY;

/// Which digest the content has.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const UPLOAD: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// An answer of the endpoint.
pub(super) type Answer = Response<BoxBody<Bytes, Infallible>>;

/// The answer to what begins or goes on with an upload that has `received` bytes.
pub(super) fn accepted(upload: &str, received: u64) -> Answer {
    let place = format!("/v2/{REPOSITORY}/blobs/uploads/{upload}");
    let range = format!("0-{}", received.saturating_sub(1));
    let headers = [(LOCATION, place), (RANGE, range), (UPLOAD, upload.to_owned()), (CONTENT_LENGTH, "0".to_owned())];
    with(StatusCode::ACCEPTED, &headers)
}

pub(super) fn with(status: StatusCode, headers: &[(HeaderName, String)]) -> Answer {
    headed(empty(status), headers)
}

pub(super) fn headed(mut answer: Answer, headers: &[(HeaderName, String)]) -> Answer {
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

pub(super) fn whole(text: &'static str) -> Answer {
    Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed())
}

pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new().boxed());
    *answer.status_mut() = status;
    answer
}
