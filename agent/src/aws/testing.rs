//! A small HTTP server on this machine that answers as a test wants it, byte by byte, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use jetway_common::boot_file::Ec2Place;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::imds::Metadata;
use super::{Ec2, imds};

/// One request, as far as tests look at it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// One answer, which may break its promises.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    length: Option<usize>,
    hangs: bool,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status, headers: Vec::new(), length: Some(body.len()), body, hangs: false }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// How many bytes of the body really come.
    pub(super) fn size(&self) -> usize {
        self.body.len()
    }

    /// Only the first bytes come, and then the end of the connection.
    pub(super) fn cut(mut self, at: usize) -> Self {
        self.body.truncate(at);
        self
    }

    /// Only the first bytes come, and then nothing.
    pub(super) fn hang(mut self, at: usize) -> Self {
        self.hangs = true;
        self.cut(at)
    }

    /// The body ends with the connection, and nothing tells how long it should be.
    pub(super) fn without_length(mut self) -> Self {
        self.length = None;
        self
    }
}

type Answer = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// A server; it ends with the test's runtime.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of its number, from 0, and of itself.
    pub(super) async fn start(answer: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (answer, log): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self { url, requests }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Method and path of each request.
    pub(super) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

async fn converse(stream: TcpStream, answer: Arc<Answer>, log: Arc<Mutex<Vec<Request>>>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = hear(&mut stream).await else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let Reply { status, headers, body, length, hangs } = answer(number, &request);
    let mut head = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n");
    head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    head.extend(length.map(|length| format!("Content-Length: {length}\r\n")));
    head.push_str("\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.flush().await;
    if hangs {
        std::future::pending::<()>().await;
    }
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|count| *count > 0)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut words = lines.first()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let pairs = lines[1..].iter().filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, path, headers, body })
}

/// Where the instances of tests belong.
pub(super) fn place() -> Ec2Place {
    Ec2Place {
        bucket: "jetway-storage".parse().unwrap(),
        account: "123456789012".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
        key: "arn:aws:kms:us-west-2:123456789012:key/1111".parse().unwrap(),
        stack: "jetway-release-qa-web--v42".parse().unwrap(),
        resource: "Group".parse().unwrap(),
        launch_hook: "jetway-launch".parse().unwrap(),
        terminate_hook: "jetway-terminate".parse().unwrap(),
        draining: jetway_common::seconds::Seconds(30),
        log_group: "/jetway/qa/web".parse().unwrap(),
    }
}

/// The metadata that `server` plays.
pub(super) fn metadata(server: &Server) -> Metadata {
    Metadata::of(imds::builder().endpoint(&server.url).unwrap())
}

/// Metadata with a role, unless `reply` answers otherwise.
pub(super) async fn role(reply: impl Fn(usize, &Request) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |number, request| reply(number, request).unwrap_or_else(|| of_role(request))).await
}

fn of_role(request: &Request) -> Reply {
    match request.path.as_str() {
        "/latest/api/token" => Reply::new(200, "t").header("x-aws-ec2-metadata-token-ttl-seconds", "21600"),
        "/latest/meta-data/iam/security-credentials/" => Reply::new(200, "jetway-web"),
        "/latest/meta-data/iam/security-credentials/jetway-web" => Reply::new(
            200,
            r#"{"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIATEST", "SecretAccessKey": "secret",
                "Token": "session", "Expiration": "2100-01-01T00:00:00Z"}"#,
        ),
        _ => Reply::new(404, ""),
    }
}

/// An instance with a role, for which `server` plays AWS.
pub(super) async fn instance(server: &Server) -> Ec2 {
    instance_on(server, &role(|_, _| None).await).await
}

/// The same with its own metadata.
pub(super) async fn instance_on(server: &Server, metadata_server: &Server) -> Ec2 {
    let loader = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(&server.url);
    Ec2::of(place(), metadata(metadata_server), loader).await
}
