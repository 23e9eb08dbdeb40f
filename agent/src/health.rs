//! Asks an application's health check once. The answer is a sentence for people, whatever it is.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use jetway_common::release::Http;
use tokio::net::TcpStream;

/// Nobody needs more of an answer to see what is wrong.
const MOST_BODY: usize = 1024;
const LONGEST_LINE: usize = 200;

/// What a health check answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether the status was from 200 to 299.
    pub is_good: bool,
    /// `HTTP 503: first line of the body`, `connection refused`, `no answer within 2 s`.
    pub text: String,
}

/// Asks once, and waits no longer than the check's timeout.
pub async fn ask(http: &Http) -> Answer {
    let limit = http.health.timeout.duration().max(Duration::from_secs(1));
    let text = match tokio::time::timeout(limit, exchange(http)).await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(reason)) => reason,
        Err(_) => format!("no answer within {} s", limit.as_secs()),
    };
    Answer { is_good: false, text }
}

async fn exchange(http: &Http) -> Result<Answer, String> {
    let stream = TcpStream::connect(("127.0.0.1", http.port)).await.map_err(|error| connect_reason(&error))?;
    let broken = |error: hyper::Error| format!("the answer is no HTTP, or broke off: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let request = Request::get(&http.health.path)
        .header(HOST, format!("127.0.0.1:{}", http.port))
        .header(USER_AGENT, concat!("jetway-agent/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("cannot ask for `{}`: {error}", http.health.path))?;
    let talk = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        Ok(read(response).await)
    };
    tokio::pin!(connection);
    tokio::pin!(talk);
    let mut is_open = true;
    loop {
        tokio::select! {
            answer = &mut talk => return answer,
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

async fn read(response: Response<Incoming>) -> Answer {
    let status = response.status();
    if status.is_success() {
        return Answer { is_good: true, text: format!("HTTP {}", status.as_u16()) };
    }
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend(frame.into_data().unwrap_or_default());
        if bytes.len() >= MOST_BODY {
            bytes.truncate(MOST_BODY);
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let line: String = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
        .chars()
        .take(LONGEST_LINE)
        .collect();
    let colon = if line.is_empty() { "" } else { ": " };
    Answer { is_good: false, text: format!("HTTP {}{colon}{line}", status.as_u16()) }
}

fn connect_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ => format!("cannot connect: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use jetway_common::release::{Health, Protocol};
    use jetway_common::seconds::Seconds;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn http(port: u16) -> Http {
        let health = Health { path: "/up".to_owned(), interval: Seconds(5), timeout: Seconds(1), grace: Seconds(9) };
        Http { container: "web".parse().unwrap(), port, protocol: Protocol::Http, health }
    }

    async fn answer_to(says: &'static str) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await.unwrap();
            stream.write_all(says.as_bytes()).await.unwrap();
            if says.is_empty() {
                std::future::pending::<()>().await;
            }
        });
        let answer = ask(&http(port)).await;
        server.abort();
        answer
    }

    #[tokio::test]
    async fn every_answer_becomes_a_sentence() {
        for (says, is_good, text) in [
            ("HTTP/1.1 204 No Content\r\n\r\n", true, "HTTP 204"),
            ("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", false, "HTTP 301"),
            ("HTTP/1.1 503 No\r\nContent-Length: 17\r\n\r\n\nno database\nmore", false, "HTTP 503: no database"),
            ("", false, "no answer within 1 s"),
        ] {
            assert_eq!(answer_to(says).await, Answer { is_good, text: text.to_owned() }, "{says}");
        }
        let page = format!("HTTP/1.1 500 No\r\n\r\nno database\n{}", "<p>".repeat(1000));
        assert_eq!(answer_to(page.leak()).await.text, "HTTP 500: no database");
        assert!(answer_to("garbage\r\n\r\n").await.text.starts_with("the answer is no HTTP"));
    }

    #[tokio::test]
    async fn nobody_there_is_connection_refused() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        assert_eq!(ask(&http(port)).await.text, "connection refused");
    }
}
