//! What the endpoint answers, as HTTP.

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderName, LOCATION, RANGE};
use jetway_loopback::{Answer, Body, empty};

use super::endpoint::REPOSITORY;

/// Which digest the content has.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const UPLOAD: HeaderName = HeaderName::from_static("docker-upload-uuid");

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
    Answer::new(Body::from(text))
}
