//! The built program as a container runtime sees it: it serves, and stops when told to.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may end it as the test itself may")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The program on a free port; killed when the test ends.
struct Hello {
    child: Child,
    address: String,
}

impl Hello {
    fn start(mode: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hello"))
            .env("PORT", "0")
            .env("HELLO_MODE", mode)
            .env("GREETING", "good morning")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim_end().rsplit(':').next().unwrap();
        Self { address: format!("127.0.0.1:{port}"), child }
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"))
    }
}

impl Drop for Hello {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serves_its_pages() {
    let hello = Hello::start("ok");
    assert!(hello.get("/").contains("greeting     good morning\n"));
    assert!(hello.get("/health-check").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(hello.get("/env").starts_with("HTTP/1.1 404 "));
    assert!(hello.send("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(hello.send("HEAD / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
    assert!(hello.send("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn unhealthy_says_why() {
    let answer = Hello::start("unhealthy").get("/health-check");
    assert!(answer.starts_with("HTTP/1.1 503 "));
    assert!(answer.ends_with("the database does not answer\n"));
}

#[test]
fn stops_when_told_to() {
    let mut hello = Hello::start("ok");
    let asked = Instant::now();
    kill_process(Pid::from_child(&hello.child), Signal::TERM).unwrap();
    assert_eq!(hello.child.wait().unwrap().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(2));
}

#[test]
fn an_idle_connection_does_not_keep_it_alive() {
    let mut hello = Hello::start("ok");
    let _idle = TcpStream::connect(&hello.address).unwrap();
    assert!(hello.get("/health-check").starts_with("HTTP/1.1 200 "));
    kill_process(Pid::from_child(&hello.child), Signal::TERM).unwrap();
    assert_eq!(hello.child.wait().unwrap().code(), Some(0));
}

#[test]
fn ends_with_the_code_it_is_told() {
    for (mode, code) in [("exit:7", 7), ("crash", 3), ("nonsense", 2)] {
        let output = Command::new(env!("CARGO_BIN_EXE_hello")).env("HELLO_MODE", mode).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{mode}");
    }
}
