//! S3 as it is on bad days, over HTTP.

mod documents;
mod ranges;

use std::time::Duration;

use jetway_common::layout::ApplicationKeys;

use super::*;
use crate::aws::testing::{Reply, Request, Server, instance};
use crate::error::Wait;

fn record() -> ObjectKey {
    ApplicationKeys::new(&"qa".parse().unwrap(), &"web".parse().unwrap()).release("v42".parse().unwrap())
}

async fn store(server: &Server) -> S3Store {
    S3Store::new(instance(server).await)
}

/// What S3 answers for an object with these bytes.
fn object(request: &Request, bytes: &[u8]) -> Reply {
    version(request, bytes, "\"one\"")
}

fn version(request: &Request, bytes: &[u8], etag: &str) -> Reply {
    let wanted = request.header("if-match");
    if !wanted.is_empty() && wanted != etag {
        return refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    }
    let Some((first, last)) = request.header("range").strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Reply::new(200, bytes).header("ETag", etag);
    };
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    if first >= bytes.len() {
        return refusal(416, "InvalidRange", "The requested range is not satisfiable");
    }
    let last = last.min(bytes.len() - 1);
    let range = format!("bytes {first}-{last}/{}", bytes.len());
    Reply::new(206, &bytes[first..=last]).header("ETag", etag).header("Content-Range", range)
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Reply::new(status, body).header("Content-Type", "application/xml").header("x-amz-request-id", "R1")
}

/// What people are told, and whether it may pass.
fn told(error: StoreError) -> (String, Wait) {
    let error = StepError::from(error);
    (error.reason, error.wait)
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}
