//! The read-only OCI distribution endpoint on 127.0.0.1 from which the engine pulls one image; it ends with the pull.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode};
use jetway_common::image::Layer;
use jetway_common::name::ApplicationName;
use jetway_loopback::{Answer, Body, Loopback, empty};

use crate::failpoint;
use crate::layers::{Form, Layers};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCTETS: &str = "application/octet-stream";

/// What there is to pull, by digest.
pub struct Shelf {
    /// Manifests, byte for byte.
    pub manifests: HashMap<String, Bytes>,
    /// Everything else.
    pub blobs: HashMap<String, Blob>,
    /// Where layers come from.
    pub layers: Arc<Layers>,
}

/// Something to pull.
pub enum Blob {
    /// A configuration.
    Bytes(Bytes),
    /// A layer, with its position in the image.
    Layer(usize, Layer, Form),
}

/// The endpoint; it and all of its connections end when this is dropped.
pub struct Endpoint {
    application: ApplicationName,
    server: Loopback,
    shared: Arc<Site>,
}

struct Site {
    shelf: Shelf,
    prefix: String,
    requests: AtomicU64,
}

impl Endpoint {
    /// Opens the endpoint on a port that nobody can guess beforehand.
    pub async fn open(application: &ApplicationName, shelf: Shelf) -> std::io::Result<Self> {
        let site = Arc::new(Site { shelf, prefix: format!("/v2/{application}/"), requests: AtomicU64::new(0) });
        let shared = Arc::clone(&site);
        let server = Loopback::open("pull", move |request| std::future::ready(answer(&site, &request))).await?;
        Ok(Self { application: application.clone(), server, shared })
    }

    /// The repository to pull from.
    pub fn repository(&self) -> String {
        format!("127.0.0.1:{}/{}", self.server.port(), self.application)
    }

    /// How many requests were answered; none means that the engine cannot reach this machine's 127.0.0.1.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

fn answer(site: &Site, request: &Request<Incoming>) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    site.requests.fetch_add(1, Ordering::Relaxed);
    let with_body = request.method() == Method::GET;
    find(site, request.uri().path(), with_body).unwrap_or_else(|| empty(StatusCode::NOT_FOUND))
}

fn find(site: &Site, path: &str, with_body: bool) -> Option<Answer> {
    if matches!(path, "/v2" | "/v2/") {
        return Some(whole(&Bytes::from_static(b"{}"), "application/json", "", with_body));
    }
    let rest = path.strip_prefix(site.prefix.as_str())?;
    if let Some(digest) = rest.strip_prefix("manifests/") {
        return Some(whole(site.shelf.manifests.get(digest)?, MANIFEST, digest, with_body));
    }
    let digest = rest.strip_prefix("blobs/")?;
    match site.shelf.blobs.get(digest)? {
        Blob::Bytes(bytes) => Some(whole(bytes, OCTETS, digest, with_body)),
        Blob::Layer(position, layer, form) => {
            let length = match form {
                Form::Plain => layer.plain_size,
                Form::Stored => layer.size,
            };
            let pieces =
                || site.shelf.layers.stream(*position, layer, *form).inspect(|_| failpoint::reach("during:pull"));
            let body = if with_body { Body::from_stream(pieces()) } else { Body::empty() };
            Some(response(body, length, OCTETS, digest))
        }
    }
}

fn whole(bytes: &Bytes, media_type: &'static str, digest: &str, with_body: bool) -> Answer {
    let body = if with_body { Body::from(bytes.clone()) } else { Body::empty() };
    response(body, bytes.len() as u64, media_type, digest)
}

fn response(body: Body, length: u64, media_type: &'static str, digest: &str) -> Answer {
    let mut response = Answer::new(body);
    let headers = response.headers_mut();
    headers.insert("Docker-Distribution-Api-Version", HeaderValue::from_static("registry/2.0"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CONTENT_LENGTH, length.into());
    if let Ok(digest) = HeaderValue::from_str(digest) {
        headers.insert("Docker-Content-Digest", digest);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jetway_common::layout::ImageKeys;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::layers::tests::{Blob as OneBlob, stored};

    async fn endpoint(plain: &[u8]) -> (Endpoint, Layer) {
        let (layer, bytes) = stored(plain);
        let store = OneBlob { bytes, failures: AtomicU64::new(0) };
        let name: ApplicationName = "shop".parse().unwrap();
        let layers = Layers::new(Arc::new(store), ImageKeys::new(&name));
        let manifests = HashMap::from([("sha256:m".to_owned(), Bytes::from_static(b"manifest"))]);
        let blobs = HashMap::from([(layer.diff_id.to_string(), Blob::Layer(0, layer.clone(), Form::Plain))]);
        (Endpoint::open(&name, Shelf { manifests, blobs, layers }).await.unwrap(), layer)
    }

    async fn ask(endpoint: &Endpoint, method: &str, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", endpoint.server.port())).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn only_what_is_on_the_shelf_is_given_and_only_to_those_who_ask_for_this_host() {
        let (endpoint, layer) = endpoint(b"hello").await;
        let host = format!("127.0.0.1:{}", endpoint.server.port());
        let blob = format!("/v2/shop/blobs/{}", layer.diff_id);
        for (method, path, host, status, body) in [
            ("GET", "/v2/", host.as_str(), "200", "{}"),
            ("GET", "/v2/shop/manifests/sha256:m", &host, "200", "manifest"),
            ("HEAD", "/v2/shop/manifests/sha256:m", &host, "200", ""),
            ("GET", &blob, &host, "200", "hello"),
            ("HEAD", &blob, &host, "200", ""),
            ("GET", "/v2/shop/blobs/sha256:other", &host, "404", ""),
            ("GET", "/v2/shop/manifests/latest", &host, "404", ""),
            ("GET", "/v2/blog/manifests/sha256:m", &host, "404", ""),
            ("GET", "/", &host, "404", ""),
            ("POST", "/v2/", &host, "405", ""),
            ("DELETE", &blob, &host, "405", ""),
            ("GET", "/v2/", "evil.example", "421", ""),
            ("GET", "/v2/", "localhost", "421", ""),
        ] {
            let answer = ask(&endpoint, method, path, host).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path} {host}: {answer}");
            assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, body, "{method} {path} {host}");
        }
    }

    #[tokio::test]
    async fn the_endpoint_ends_with_the_pull_and_so_does_a_connection_that_nobody_reads() {
        let (endpoint, layer) = endpoint(&vec![7; 40_000_000]).await;
        let port = endpoint.server.port();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!("GET /v2/shop/blobs/{} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", layer.diff_id);
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.readable().await.unwrap();
        let layers = Arc::downgrade(&endpoint.shared.shelf.layers);
        drop(endpoint);
        let freed = async || {
            while layers.strong_count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(5), freed()).await.is_ok(), "its memory is still held");
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
}
