//! The endpoint as anybody on this machine can reach it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const LAYER: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

async fn open() -> (Endpoint, Arc<Desk>, mpsc::Receiver<ChannelReader>) {
    let desk = Arc::new(Desk::new("secret".to_owned()));
    let (endpoint, blobs) = Endpoint::open(Arc::clone(&desk)).await.unwrap();
    (endpoint, desk, blobs)
}

async fn ask(port: u16, method: &str, path: &str, host: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn nothing_can_be_read_and_only_what_was_begun_here_is_taken() {
    let (endpoint, desk, _blobs) = open().await;
    desk.ask_for(BTreeSet::from([LAYER.to_owned()]));
    let host = format!("127.0.0.1:{}", endpoint.0.port());
    let blob = format!("/v2/jetway/push/blobs/{LAYER}");
    let other = blob.replace("e3b0", "0000");
    for (method, path, host, status) in [
        ("GET", "/v2/", host.as_str(), 200),
        ("HEAD", &blob, &host, 404),
        ("HEAD", &other, &host, 200),
        ("GET", &other, &host, 405),
        ("GET", "/v2/jetway/push/manifests/secret", &host, 404),
        ("PUT", "/v2/jetway/push/manifests/guessed", &host, 404),
        ("PUT", "/v2/jetway/push/manifests/secret", &host, 201),
        ("POST", "/v2/jetway/push/blobs/uploads/", &host, 202),
        ("POST", "/v2/jetway/other/blobs/uploads/", &host, 404),
        ("PATCH", "/v2/jetway/push/blobs/uploads/guessed", &host, 404),
        ("GET", "/", &host, 404),
        ("GET", "/v2/", "evil.example", 421),
        ("POST", "/v2/jetway/push/blobs/uploads/", "localhost", 421),
    ] {
        let answer = ask(endpoint.0.port(), method, path, host, "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path} {host}: {answer}");
    }
    assert_eq!(desk.manifests().len(), 1);
}

#[tokio::test]
async fn a_blob_reaches_the_reader_and_is_there_afterwards() {
    let (endpoint, desk, mut blobs) = open().await;
    desk.ask_for(BTreeSet::from([LAYER.to_owned()]));
    let host = format!("127.0.0.1:{}", endpoint.0.port());
    let begun = ask(endpoint.0.port(), "POST", "/v2/jetway/push/blobs/uploads/", &host, "").await;
    let place = begun.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    let sent = ask(endpoint.0.port(), "PATCH", &place, &host, "hello").await;
    assert!(sent.contains("range: 0-4\r\n"), "{sent}");
    let mut reader = blobs.recv().await.unwrap();
    let mut content = String::new();
    let read = tokio::task::spawn_blocking(move || reader.read_to_string(&mut content).map(|_| content));
    assert_eq!(read.await.unwrap().unwrap(), "hello");
    let ended =
        ask(endpoint.0.port(), "PUT", &format!("{place}?digest={}", LAYER.replace(':', "%3A")), &host, "").await;
    assert!(ended.starts_with("HTTP/1.1 201"), "{ended}");
    let there = ask(endpoint.0.port(), "HEAD", &format!("/v2/jetway/push/blobs/{LAYER}"), &host, "").await;
    assert!(there.starts_with("HTTP/1.1 200"), "{there}");
}

#[tokio::test]
async fn a_push_is_complete_once_the_manifest_has_come_under_the_tag_and_each_push_anew() {
    let (endpoint, desk, _blobs) = open().await;
    let (port, host) = (endpoint.0.port(), format!("127.0.0.1:{}", endpoint.0.port()));
    for _ in 0..2 {
        desk.ask_for(BTreeSet::new());
        let other = format!("/v2/jetway/push/manifests/{}", Digest::of(b"part"));
        assert!(ask(port, "PUT", &other, &host, "part").await.starts_with("HTTP/1.1 201"));
        assert!(desk.named().now_or_never().is_none());
        assert!(ask(port, "PUT", "/v2/jetway/push/manifests/secret", &host, "whole").await.starts_with("HTTP/1.1 201"));
        assert!(tokio::time::timeout(Duration::from_secs(5), desk.named()).await.is_ok());
        assert_eq!(desk.manifests().len(), 2);
    }
}

#[tokio::test]
async fn an_engine_is_heard_only_under_the_tag_that_it_was_told_and_nobody_listens_afterwards() {
    let (endpoint, desk, _blobs) = open().await;
    let (port, host) = (endpoint.0.port(), format!("127.0.0.1:{}", endpoint.0.port()));
    assert!(ask(port, "GET", "/v2/jetway/push/manifests/guessed", &host, "").await.ends_with(NOTHING));
    assert!(!desk.was_asked());
    let told = ask(port, "HEAD", "/v2/jetway/push/manifests/secret", &host, "").await;
    assert!(
        told.starts_with("HTTP/1.1 200") && told.contains(&format!("content-length: {}\r\n", NOTHING.len())),
        "{told}"
    );
    assert!(desk.was_asked());
    drop(endpoint);
    let refused = async || while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {};
    assert!(tokio::time::timeout(Duration::from_secs(5), refused()).await.is_ok());
}
