//! The plainest HTTP client: one request, one answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The status and body of `path` on this machine's `port`; none if nobody answers.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    get_from(SocketAddr::from(([127, 0, 0, 1], port)), path)
}

/// The status and body of `path` at an address; none if nobody answers.
pub fn get_from(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let body = answer.split_once("\r\n\r\n")?.1.to_owned();
    Some((status, body))
}

/// The body of `path`, which must answer with 200.
#[track_caller]
pub fn body(port: u16, path: &str) -> String {
    let (status, body) = get(port, path).unwrap_or_else(|| panic!("nobody answers on port {port}"));
    assert_eq!(status, 200, "{path}: {body}");
    body
}
