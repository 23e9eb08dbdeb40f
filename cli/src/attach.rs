//! Connects a program in a container with this terminal, or with the files and pipes in its place.

use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::docker::logs::Channel;
use crate::docker::program::Program;
use crate::printer::{Format, Printer};
use crate::terminal::{self, RawMode, Size};

/// What is kept of a program's output for `--json`; the rest is dropped and said to be.
const LARGEST_KEPT: usize = 16 * 1024 * 1024;

/// Where a program's output goes.
pub struct Sink {
    printer: Printer,
    kept: [Vec<u8>; 2],
    is_cut: bool,
}

impl Sink {
    /// Everything as it comes; with `--json`, all of it in one object at the end.
    pub fn new(printer: Printer) -> Self {
        Self { printer, kept: [Vec::new(), Vec::new()], is_cut: false }
    }

    /// Takes what the program wrote, and tells whether anybody still reads.
    pub fn take(&mut self, channel: Channel, bytes: &Bytes) -> anyhow::Result<bool> {
        if self.printer.format == Format::Text {
            return match channel {
                Channel::Stdout => self.printer.pass_on(bytes),
                Channel::Stderr => {
                    self.printer.program_error(bytes);
                    Ok(true)
                }
            };
        }
        let kept = &mut self.kept[channel as usize];
        let room = LARGEST_KEPT.saturating_sub(kept.len()).min(bytes.len());
        self.is_cut |= room < bytes.len();
        kept.extend_from_slice(&bytes[..room]);
        Ok(true)
    }

    /// Some of what the program wrote did not come here.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Tells how the program ended, where that is wanted.
    pub fn finish(self, exit_code: i64) -> anyhow::Result<()> {
        if self.printer.format == Format::Text {
            return Ok(());
        }
        let [stdout, stderr] = self.kept.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let document: Value =
            json!({ "exit_code": exit_code, "stdout": stdout, "stderr": stderr, "truncated": self.is_cut });
        self.printer.answer(&document, String::new)
    }
}

/// Whether the program gets a terminal: only if a person sits at both ends.
pub fn wants_terminal(printer: Printer) -> bool {
    printer.format == Format::Text && terminal::is_interactive()
}

/// Why nothing is passed on any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The program has closed its output, as it does when it ends.
    Program,
    /// Nobody reads our output any more.
    Reader,
}

/// What a shell adds to the number of the signal that ended a program.
pub const BY_SIGNAL: u8 = 128;

/// The exit code of a program whose reader has left: that of the signal `SIGPIPE`, which says so.
pub const READER_LEFT: u8 = 141;

/// Passes everything on until one side ends. With a terminal, `resize` is told its size, at first and whenever it
/// changes.
pub async fn connect(
    program: Program,
    tty: bool,
    sink: &mut Sink,
    resize: impl AsyncFn(Size),
) -> anyhow::Result<Ended> {
    let Program { mut output, input } = program;
    let _raw = if tty { Some(RawMode::begin()?) } else { None };
    let reader = tokio::spawn(pass_input(input));
    let mut resized = signal(SignalKind::window_change())?;
    if tty {
        tell_size(&resize).await;
    }
    let outcome = loop {
        tokio::select! {
            piece = output.next() => match piece {
                None => break Ok(Ended::Program),
                Some(Err(error)) => break Err(error),
                Some(Ok((channel, bytes))) => match sink.take(channel, &bytes) {
                    Ok(true) => {}
                    Ok(false) => break Ok(Ended::Reader),
                    Err(error) => break Err(error),
                },
            },
            _ = resized.recv(), if tty => tell_size(&resize).await,
        }
    };
    reader.abort();
    outcome
}

async fn tell_size(resize: &impl AsyncFn(Size)) {
    if let Some(size) = terminal::size() {
        resize(size).await;
    }
}

/// A program that reads no more is no error, and neither is a terminal that is gone.
async fn pass_input(mut input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>) {
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut input).await;
    let _ = input.shutdown().await;
}

/// The exit code as the shell sees it.
pub fn exit_code(code: i64) -> u8 {
    u8::try_from(code).unwrap_or(u8::MAX)
}
