//! The only place that prints: stdout is data, stderr is for people.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::progress::{self, Step};

/// How much people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and asked-for data alone.
    Quiet,
    /// What is done, in a few lines.
    Normal,
    /// Also what it is made of.
    Verbose,
}

/// Whether data is for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Tables and sentences.
    Text,
    /// JSON alone on stdout.
    Json,
}

/// Where output goes and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    /// The form of data.
    pub format: Format,
    /// How much is told on stderr.
    pub verbosity: Verbosity,
    /// Whether every question is answered with yes.
    pub assume_yes: bool,
}

impl Printer {
    /// Tells people something, on stderr.
    pub fn say(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            progress::above(|| write_line(&mut io::stderr().lock(), &text));
        }
    }

    /// Tells people who asked for more.
    pub fn detail(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            progress::above(|| write_line(&mut io::stderr().lock(), &text));
        }
    }

    /// Tells people something that they must know, even with `--quiet`.
    pub fn warn(&self, text: impl Display) {
        let label = Style::Warning.on_stderr("warning:");
        progress::above(|| write_line(&mut io::stderr().lock(), &format_args!("{label} {text}")));
    }

    /// Ends a command that did not work: the error for people, and as JSON where JSON was asked for.
    pub fn failure(&self, error: &anyhow::Error) {
        self.error(error);
        if self.format == Format::Json {
            let because: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
            let hint = crate::error::hint_of(error);
            let told = serde_json::json!({"error": {"message": error.to_string(), "because": because, "hint": hint}});
            // stderr has the error already: if stdout cannot be written, there is nobody left to tell.
            let _ = self.data(&told.to_string());
        }
    }

    /// Prints an error with its causes and its hint, on stderr.
    pub fn error(&self, error: &anyhow::Error) {
        let mut stderr = io::stderr().lock();
        let label = Style::Error.on_stderr("error:");
        write_line(&mut stderr, &format_args!("{label} {error}"));
        for cause in error.chain().skip(1) {
            write_line(&mut stderr, &format_args!("  because: {cause}"));
        }
        if let Some(hint) = crate::error::hint_of(error) {
            let label = Style::Hint.on_stderr("hint:");
            write_line(&mut stderr, &format_args!("{label} {hint}"));
        }
    }

    /// Prints a command's answer on stdout: `value` as JSON, or `text` for people.
    pub fn answer<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self.format {
            Format::Json => self.data(&serde_json::to_string_pretty(value)?),
            Format::Text => self.data(&text()),
        }
    }

    /// Prints `text` on stdout as it is, and a line end if it has none.
    pub fn data(&self, text: &str) -> anyhow::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.bytes(text.as_bytes())?;
        if text.ends_with('\n') { Ok(()) } else { self.bytes(b"\n") }
    }

    /// Prints `bytes` on stdout as they are. A reader that has left is no error: it has all that it wanted.
    pub fn bytes(&self, bytes: &[u8]) -> anyhow::Result<()> {
        self.pass_on(bytes).map(|_| ())
    }

    /// Prints `bytes` on stdout as they are, and tells whether anybody still reads: what has no end of its own ends then.
    pub fn pass_on(&self, bytes: &[u8]) -> anyhow::Result<bool> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(true),
        }
    }

    /// Passes on what a program that runs for the user wrote to its stderr, as it is.
    pub fn program_error(&self, bytes: &[u8]) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
    }

    /// Shows a question; the cursor stays behind it.
    pub fn question(&self, text: &str) {
        self.program_error(text.as_bytes());
    }

    /// Begins a step that people may have to wait for.
    pub fn step(&self, title: impl Into<String>) -> Step {
        Step::begin(title.into(), self.verbosity >= Verbosity::Normal, io::stderr().is_terminal())
    }
}

/// What a coloured word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// It is as it should be.
    Good,
    /// It needs attention.
    Warning,
    /// It failed.
    Error,
    /// What to do.
    Hint,
}

impl Style {
    /// `text` in this style, for an answer on stdout.
    pub fn on_stdout(self, text: &str) -> String {
        self.paint(text, io::stdout().is_terminal())
    }

    fn on_stderr(self, text: &str) -> String {
        self.paint(text, io::stderr().is_terminal())
    }

    /// A colour only underlines what the words already say. Only a terminal gets one, and only if it is wanted.
    fn paint(self, text: &str, is_terminal: bool) -> String {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        if no_colour || is_dumb || !is_terminal {
            return text.to_owned();
        }
        let code = match self {
            Self::Good => 32,
            Self::Warning => 33,
            Self::Error => 31,
            Self::Hint => 36,
        };
        format!("\u{1b}[1;{code}m{text}\u{1b}[0m")
    }
}

/// A closed stderr must not stop the work that it tells of.
fn write_line(stream: &mut impl io::Write, text: &impl Display) {
    let _ = writeln!(stream, "{text}");
}

/// Text from elsewhere made harmless for a terminal: control characters are shown, not obeyed.
pub fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\t' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
