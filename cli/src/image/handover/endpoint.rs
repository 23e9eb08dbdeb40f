//! The OCI distribution endpoint on 127.0.0.1 that the engine pushes one image to; it ends with the push.

use std::io;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use hyper::{Method, Request, StatusCode};
use jetway_common::digest::Digest;
use jetway_common::image::LARGEST_JSON;
use jetway_loopback::{Answer, Loopback, empty};
use tokio::sync::mpsc;

use super::answers::{DIGEST, accepted, headed, whole, with};
use super::desk::Desk;
use crate::docker::push::Name;
use crate::image::read::input::ChannelReader;

/// The repository is the same every time: engines note for each layer where it was pushed to, and must not collect names.
pub(super) const REPOSITORY: &str = "jetway/push";
/// That repository at every port.
pub(super) const REPOSITORIES: &str = "127.0.0.1:*/jetway/push";
/// How many blobs wait for the reader; an engine sends five at a time.
const BLOBS: usize = 8;
/// How many pieces of a blob wait for the reader; each has some 16 kB.
const PIECES: usize = 16;
const INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const NOTHING: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}"#;

/// The endpoint; it and all of its connections end when this is dropped.
pub(super) struct Endpoint(Loopback);

/// What the connections share.
struct Site {
    desk: Arc<Desk>,
    blobs: mpsc::Sender<ChannelReader>,
}

impl Endpoint {
    /// Opens the endpoint on a port that the kernel chooses; the blobs that are pushed come out of the receiver.
    pub(super) async fn open(desk: Arc<Desk>) -> io::Result<(Self, mpsc::Receiver<ChannelReader>)> {
        let (blobs, arriving) = mpsc::channel(BLOBS);
        let site = Arc::new(Site { desk, blobs });
        let server = Loopback::open("push", move |request| answer(Arc::clone(&site), request)).await?;
        Ok((Self(server), arriving))
    }

    /// What an image must be called to be pushed here.
    pub(super) fn name(&self, tag: &str) -> Name {
        Name { repository: format!("127.0.0.1:{}/{REPOSITORY}", self.0.port()), tag: tag.to_owned() }
    }

    /// The port in a name that an image had to be pushed to an endpoint like this one.
    pub(super) fn port_in(name: &str) -> Option<u16> {
        let (port, rest) = name.strip_prefix("127.0.0.1:")?.split_once('/')?;
        rest.strip_prefix(REPOSITORY)?.strip_prefix(':')?;
        port.parse().ok()
    }
}

/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints>
async fn answer(site: Arc<Site>, request: Request<Incoming>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    if matches!(path.as_str(), "/v2" | "/v2/") {
        return whole("{}");
    }
    let Some(rest) = path.strip_prefix("/v2/").and_then(|path| path.strip_prefix(REPOSITORY)) else {
        return empty(StatusCode::NOT_FOUND);
    };
    match (&method, rest.trim_start_matches('/').split_once('/')) {
        (&Method::HEAD | &Method::GET, Some(("manifests", reference))) => manifest(&site.desk, reference),
        (&Method::PUT, Some(("manifests", reference))) => take_manifest(&site.desk, reference, request).await,
        (&Method::POST, Some(("blobs", "uploads" | "uploads/"))) => accepted(&site.desk.begin(), 0),
        (_, Some(("blobs", rest))) => match rest.strip_prefix("uploads/") {
            Some(upload) => take_blob(&site, upload, request).await,
            None if method == Method::HEAD => blob(&site.desk, rest),
            None => empty(StatusCode::METHOD_NOT_ALLOWED),
        },
        _ => empty(StatusCode::NOT_FOUND),
    }
}

/// Before the push, there is an index without images for an engine that asks; an error would stand in its log.
fn manifest(desk: &Desk, reference: &str) -> Answer {
    if desk.is_pushing(reference) {
        return empty(StatusCode::NOT_FOUND);
    }
    let headers = [(DIGEST, Digest::of(NOTHING.as_bytes()).to_string()), (CONTENT_TYPE, INDEX.to_owned())];
    headed(whole(NOTHING), &headers)
}

async fn take_manifest(desk: &Desk, reference: &str, request: Request<Incoming>) -> Answer {
    let Ok(body) = Limited::new(request.into_body(), LARGEST_JSON).collect().await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let body = body.to_bytes();
    let digest = Digest::of(&body);
    if !desk.take_manifest(reference, &digest, body) {
        return empty(StatusCode::NOT_FOUND);
    }
    with(
        StatusCode::CREATED,
        &[(DIGEST, digest.to_string()), (LOCATION, format!("/v2/{REPOSITORY}/manifests/{digest}"))],
    )
}

/// Whether a blob is to be sent. Its size matters to nobody, but Docker leaves one of 0 out of the manifest.
fn blob(desk: &Desk, digest: &str) -> Answer {
    if desk.wants(digest) {
        return empty(StatusCode::NOT_FOUND);
    }
    with(StatusCode::OK, &[(DIGEST, digest.to_owned()), (CONTENT_LENGTH, "1".to_owned())])
}

async fn take_blob(site: &Site, upload: &str, request: Request<Incoming>) -> Answer {
    let (desk, method) = (&site.desk, request.method().clone());
    if !desk.has_begun(upload) {
        return empty(StatusCode::NOT_FOUND);
    }
    let digest = request.uri().query().and_then(digest_in);
    match method {
        Method::PATCH | Method::PUT => {}
        Method::DELETE => return empty(StatusCode::NO_CONTENT),
        _ => return empty(StatusCode::METHOD_NOT_ALLOWED),
    }
    let Ok(received) = pour(site, request.into_body()).await else { return empty(StatusCode::BAD_REQUEST) };
    match digest {
        None if method == Method::PUT => empty(StatusCode::BAD_REQUEST),
        None => accepted(upload, received),
        Some(digest) => {
            desk.arrived(&digest);
            with(StatusCode::CREATED, &[(LOCATION, format!("/v2/{REPOSITORY}/blobs/{digest}")), (DIGEST, digest)])
        }
    }
}

/// Hands a body over to the reader. What the reader does not want any more is received all the same, as HTTP asks.
async fn pour(site: &Site, mut body: Incoming) -> Result<u64, hyper::Error> {
    let (pieces, arriving) = mpsc::channel(PIECES);
    let (mut reader, mut received) = (Some(ChannelReader::new(arriving)), 0);
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                let _ = pieces.send(Err(io::Error::other("Docker broke off in the middle of a layer"))).await;
                return Err(error);
            }
        };
        let Ok(bytes) = frame.into_data() else { continue };
        received += bytes.len() as u64;
        site.desk.count(bytes.len());
        if let Some(reader) = reader.take() {
            let _ = site.blobs.send(reader).await;
        }
        let _ = pieces.send(Ok(bytes)).await;
    }
    Ok(received)
}

/// The digest in a query, with its colon escaped or not.
fn digest_in(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("digest="))?;
    value.replace("%3A", ":").replace("%3a", ":").parse().ok().map(|digest: Digest| digest.to_string())
}

#[cfg(test)]
mod tests;
