//! An emulated AWS of its own for one story, the programs that speak to it, and readers that share no code with them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::outcome::Outcome;
use crate::programs::{program, root};

/// The region in which all stories take place.
pub const REGION: &str = "us-west-2";
/// The account of the emulated AWS.
pub const ACCOUNT: &str = "123456789012";

/// An emulated AWS; it ends with the story.
pub struct Aws {
    server: Pid,
    endpoint: String,
    folder: TempDir,
    keys: (String, String),
}

impl Aws {
    /// Starts one, in which nothing is yet.
    #[track_caller]
    pub fn start() -> Self {
        Self::born("")
    }

    /// Starts one whose instances are machines of this image; see `tests/lab/instance/image.sh`.
    #[track_caller]
    pub fn with_machines(image: &str) -> Self {
        Self::born(image)
    }

    #[track_caller]
    fn born(image: &str) -> Self {
        let facts = Nursery::of_this_process().bear(image);
        let number = facts["pid"].as_i64().and_then(|number| i32::try_from(number).ok());
        let server = number.and_then(Pid::from_raw).expect("the emulated AWS tells its process");
        let folder = tempfile::Builder::new().prefix("jetway-aws-").tempdir().unwrap();
        let keys = ("AKIATEST".to_owned(), "test".to_owned());
        Self { server, endpoint: facts["endpoint"].as_str().unwrap().to_owned(), folder, keys }
    }

    /// Lets permissions count from now on; whoever has no keys of their own is the administrator.
    #[track_caller]
    pub fn enforce_permissions(&mut self) {
        let admin = self.tell("enforce-iam", &json!({}));
        let text = |name: &str| admin[name].as_str().unwrap().to_owned();
        self.keys = (text("access_key_id"), text("secret_access_key"));
    }

    /// The folder in which commands run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the emulated AWS listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Writes a file into the folder in which commands run.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// A command of `jetway` that speaks to this AWS.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("jetway"));
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// Makes a program begin in this folder, with this AWS.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.path()).env("JETWAY_HOME", self.path().join("home"));
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        self.point(command);
    }

    /// Runs `jetway` to its end.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn jetway(&self, arguments: &[&str]) -> Outcome {
        let started = Instant::now();
        let output = self.command(arguments).output().unwrap();
        Outcome::new(format!("jetway {}", arguments.join(" ")), &output, started.elapsed())
    }

    /// Runs another program that speaks to this AWS to its end.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn run(&self, command: &mut Command) -> Outcome {
        self.point(command);
        let started = Instant::now();
        let output = command.output().unwrap();
        Outcome::new(format!("{command:?}"), &output, started.elapsed())
    }

    /// Starts `jetway` and leaves it running.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Tells the emulator itself something; see tests/lab/aws/README.md for what it takes.
    #[track_caller]
    pub fn tell(&self, path: &str, body: &Value) -> Value {
        self.control("POST", path, &body.to_string())
    }

    /// Lets the emulator forget what it was told there.
    #[track_caller]
    pub fn forget(&self, path: &str) {
        self.control("DELETE", path, "");
    }

    /// Asks the emulator itself something.
    #[track_caller]
    pub fn ask(&self, path: &str) -> Value {
        self.control("GET", path, "")
    }

    /// How often that operation was called, answered or not.
    pub fn calls(&self, operation: &str) -> usize {
        self.ask(&format!("calls?operation={operation}"))["calls"].as_array().map_or(0, Vec::len)
    }

    /// Lets calls of an operation fail; `fault` has a `code`, and may have `count`, `skip`, `message`, `lose_answer`.
    #[track_caller]
    pub fn fault(&self, operation: &str, mut fault: Value) {
        fault["operation"] = json!(operation);
        self.tell("faults", &fault);
    }

    /// Lets all calls succeed again.
    pub fn forget_faults(&self) {
        self.control("DELETE", "faults", "");
    }

    /// What a Python program prints as JSON that has a boto3 client factory, `client`.
    #[track_caller]
    pub fn read(&self, program: &str) -> Value {
        let prelude = "import json, boto3\nclient = boto3.client\n";
        let mut command = python(&["-c", &format!("{prelude}{program}")]);
        self.point(&mut command);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}\n{told}");
        serde_json::from_slice(&output.stdout).expect("the program prints JSON")
    }

    /// Runs the AWS CLI.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn aws_cli(&self, arguments: &[&str]) -> Outcome {
        let mut command = python(&["-m", "awscli"]);
        command.args(arguments);
        self.point(&mut command);
        let started = Instant::now();
        let output = command.output().unwrap();
        Outcome::new(format!("aws {}", arguments.join(" ")), &output, started.elapsed())
    }

    fn point(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", REGION).env("AWS_DEFAULT_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", &self.keys.0).env("AWS_SECRET_ACCESS_KEY", &self.keys.1);
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
        for name in ["AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"] {
            command.env_remove(name);
        }
    }

    #[track_caller]
    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        let head = format!("{method} /lab/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        write!(stream, "{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        serde_json::from_str(body).expect("an answer in JSON")
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.server, Signal::TERM);
        // Machines go with it, which takes a moment.
        let deadline = Instant::now() + Duration::from_secs(30);
        while rustix::process::test_kill_process(self.server).is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What starts them: a process that has loaded everything already. They end with it, and it ends with this process.
struct Nursery(Mutex<(ChildStdin, BufReader<ChildStdout>)>);

impl Nursery {
    #[expect(clippy::zombie_processes, reason = "it ends with this process, when its standard input does")]
    fn of_this_process() -> &'static Self {
        static NURSERY: OnceLock<Nursery> = OnceLock::new();
        NURSERY.get_or_init(|| {
            let mut command = python(&["-m", "aws", "--nursery", "--region", REGION]);
            let command = command.current_dir(root().join("tests/lab")).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut process = command.spawn().unwrap();
            Self(Mutex::new((process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()))))
        })
    }

    #[track_caller]
    fn bear(&self, image: &str) -> Value {
        let mut pipes = self.0.lock().unwrap();
        writeln!(pipes.0, "{image}").unwrap();
        let mut line = String::new();
        pipes.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the emulated AWS tells where it listens")
    }
}

/// Python with the packages of tests/lab/requirements-aws.txt; tests/lab/python.sh makes it.
pub(crate) fn python(arguments: &[&str]) -> Command {
    let python: PathBuf = root().join("target/python-aws/bin/python");
    assert!(python.is_file(), "{} is missing: `tests/lab/python.sh aws` makes it", python.display());
    let mut command = Command::new(python);
    command.args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
