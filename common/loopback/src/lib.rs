//! An HTTP server on 127.0.0.1 that a program opens to its own Docker engine for one transfer, and to nobody else.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

pub use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// What the server answers.
pub type Answer = Response<Body>;

/// The server; it and all of its connections end when this is dropped.
pub struct Loopback {
    port: u16,
    task: JoinHandle<()>,
}

/// What all connections of one server share.
struct Site<A> {
    /// What the transfer is called in the log.
    purpose: &'static str,
    host: String,
    answer: A,
}

impl Loopback {
    /// Opens a server on a port that the kernel chooses, and has `answer` called with every request that is meant for it.
    /// `purpose` is what the log calls it: `pull`.
    pub async fn open<A, F>(purpose: &'static str, answer: A) -> io::Result<Self>
    where
        A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let port = listener.local_addr()?.port();
        let site = Arc::new(Site { purpose, host: format!("127.0.0.1:{port}"), answer });
        Ok(Self { port, task: tokio::spawn(listen(listener, site)) })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen<A, F>(listener: TcpListener, site: Arc<Site<A>>)
where
    A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    // The set ends its tasks when it is dropped: an engine that hangs would else hold what it is being sent for as long.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(talk(stream, Arc::clone(&site)))),
                Err(error) => {
                    tracing::warn!(%error, "the {} endpoint could not accept a connection", site.purpose);
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn talk<A, F>(stream: TcpStream, site: Arc<Site<A>>)
where
    A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(|request| async { Ok::<_, Infallible>(site.answer(request).await) });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection to the {} endpoint broke", site.purpose);
    }
}

impl<A, F> Site<A>
where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Answer>,
{
    /// A web page that some browser here shows must not reach this by rebinding a name of its own to 127.0.0.1.
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.headers().get(HOST).is_none_or(|host| host.as_bytes() != self.host.as_bytes()) {
            return empty(StatusCode::MISDIRECTED_REQUEST);
        }
        (self.answer)(request).await
    }
}

/// An answer that only has a status.
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}
