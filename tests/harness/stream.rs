//! A steady stream of requests, beside whatever else happens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::http;

/// How long each client waits between two requests.
const PAUSE: Duration = Duration::from_millis(20);
const CLIENTS: usize = 2;

/// Requests that go on.
pub struct Stream {
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Answer>>>,
}

/// The status and the body of an answer; none if there was no answer.
pub type Answer = Option<(u16, String)>;

impl Stream {
    /// Begins to ask for `path` at an address.
    pub fn begin(address: SocketAddr, path: &'static str) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS).map(|_| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                let mut answers = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    answers.push(http::get_from(address, path));
                    std::thread::sleep(PAUSE);
                }
                answers
            })
        });
        let clients = clients.collect();
        Self { over, clients }
    }

    /// Ends it, and gives back every answer.
    pub fn end(mut self) -> Vec<Answer> {
        self.over.store(true, Ordering::Relaxed);
        self.clients.drain(..).flat_map(|client| client.join().unwrap()).collect()
    }

    /// Ends it, and fails unless every request was answered well; the number of requests.
    #[track_caller]
    pub fn has_no_failure(self) -> usize {
        let answers = self.end();
        let failed: Vec<_> = answers.iter().filter(|answer| !matches!(answer, Some((200, _)))).collect();
        assert!(failed.is_empty(), "{} of {} requests failed: {:?}", failed.len(), answers.len(), failed.first());
        answers.len()
    }
}

/// A story that fails must not leave its clients behind.
impl Drop for Stream {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
