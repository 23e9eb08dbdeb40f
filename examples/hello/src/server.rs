//! Just enough HTTP/1.1: a thread and one request per connection, each with a deadline; never more than a few at once.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::page::{Answer, Site};

const MOST_CONNECTIONS: usize = 64;
/// A client that has not sent its whole request by then is dropped.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);
const LONGEST_HEAD: usize = 8 * 1024;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// One of the connections that may be open at once; counted until it is dropped.
struct Slot;

impl Slot {
    fn take() -> Option<Self> {
        OPEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| (open < MOST_CONNECTIONS).then_some(open + 1))
            .ok()
            .map(|_| Self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Answers connections for as long as the program runs.
pub(crate) fn serve(listener: &TcpListener, site: Site) {
    let site = Arc::new(site);
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Out of file descriptors, most likely: a moment later one is free again.
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let Some(slot) = Slot::take() else {
            let _ = write_answer(&stream, &Answer::new(503, "too many connections\n"), true);
            continue;
        };
        let site = Arc::clone(&site);
        thread::spawn(move || {
            let _slot = slot;
            // A client that goes away in the middle is its own affair.
            let _ = converse(&stream, &site);
        });
    }
}

/// Waits until the requests in work are answered, at most this long.
pub(crate) fn finish(limit: Duration) {
    let end = Instant::now() + limit;
    while OPEN.load(Ordering::Acquire) > 0 && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
}

fn converse(stream: &TcpStream, site: &Site) -> io::Result<()> {
    stream.set_write_timeout(Some(REQUEST_DEADLINE))?;
    let Some(head) = read_head(stream)? else { return Ok(()) };
    let (method, path) = request_line(&head).unwrap_or(("?", "?"));
    let answer = match method {
        "GET" | "HEAD" => site.answer(path),
        "?" => Answer::new(400, "bad request\n"),
        _ => Answer::new(405, "only GET and HEAD\n"),
    };
    crate::log(format_args!("{} {} {}", method.escape_debug(), path.escape_debug(), answer.status));
    write_answer(stream, &answer, method != "HEAD")
}

/// Reads up to the empty line; `None` when the client closed without a word.
fn read_head(mut stream: &TcpStream) -> io::Result<Option<String>> {
    let end = Instant::now() + REQUEST_DEADLINE;
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || head.len() > LONGEST_HEAD {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer)? {
            0 if head.is_empty() => return Ok(None),
            0 => break,
            count => head.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// Method and path without its query; `None` for what is no complete HTTP/1 request.
fn request_line(head: &str) -> Option<(&str, &str)> {
    let (head, _) = head.split_once("\r\n\r\n")?;
    let mut words = head.lines().next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let complete = words.next().is_none() && version.starts_with("HTTP/1.") && target.starts_with('/');
    complete.then(|| (method, target.split('?').next().unwrap_or(target)))
}

fn write_answer(mut stream: &TcpStream, answer: &Answer, with_body: bool) -> io::Result<()> {
    let Answer { status, body } = answer;
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Service Unavailable",
    };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if with_body {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_is_read() {
        let head = "GET /health-check?from=agent HTTP/1.1\r\nHost: here\r\n\r\n";
        assert_eq!(request_line(head), Some(("GET", "/health-check")));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for head in [
            "",
            "\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(request_line(head), None, "{head:?}");
        }
    }
}
