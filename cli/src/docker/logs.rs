//! The lines of a container's log, as Docker kept them.

use std::pin::Pin;

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;

use super::Engine;
use super::failure::refused;

/// A line that is longer is told in several.
const LONGEST_LINE: usize = 1024 * 1024;

/// Which part of a log is wanted.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Whether to go on with what is written from now on.
    pub follow: bool,
    /// Only what was written since then, to the second.
    pub since: Option<Timestamp>,
    /// Only so many of the last lines.
    pub tail: Option<u32>,
}

/// Where a program wrote something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// Where it was written.
    pub channel: Channel,
    /// The line without its end.
    pub text: Vec<u8>,
}

/// Lines as they come.
pub type Lines = Pin<Box<dyn Stream<Item = anyhow::Result<Line>> + Send>>;

impl Engine {
    /// The lines of a container's log.
    pub fn logs(&self, id: &str, part: &Part) -> Lines {
        let options = LogsOptions {
            follow: part.follow,
            stdout: true,
            stderr: true,
            since: part.since.map_or(0, |since| i32::try_from(since.as_second()).unwrap_or(i32::MAX)),
            until: 0,
            timestamps: true,
            tail: part.tail.map_or("all".to_owned(), |lines| lines.to_string()),
        };
        let output = self.docker.logs(id, Some(options));
        let mut unfinished = Unfinished::default();
        let line = move |piece: Result<LogOutput, bollard::errors::Error>| match piece {
            Ok(piece) => unfinished.push(piece).map(Ok),
            Err(error) => Some(Err(refused("read a container's log")(error))),
        };
        Box::pin(output.filter_map({
            let mut line = line;
            move |piece| std::future::ready(line(piece))
        }))
    }
}

/// The beginnings of lines that Docker handed over in several pieces, one for each channel.
#[derive(Default)]
struct Unfinished([Option<Line>; 2]);

impl Unfinished {
    /// Takes a piece, which begins with its time; gives the line that it ends.
    fn push(&mut self, piece: LogOutput) -> Option<Line> {
        let (channel, message) = match piece {
            LogOutput::StdErr { message } => (Channel::Stderr, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } | LogOutput::StdIn { message } => {
                (Channel::Stdout, message)
            }
        };
        let (at, text) = split_time(&message);
        let slot = &mut self.0[channel as usize];
        let line = slot.get_or_insert_with(|| Line { at, channel, text: Vec::new() });
        line.text.extend_from_slice(text);
        if line.text.ends_with(b"\n") {
            line.text.pop();
        } else if line.text.len() < LONGEST_LINE {
            return None;
        }
        slot.take()
    }
}

fn split_time(message: &[u8]) -> (Timestamp, &[u8]) {
    let space = message.iter().take(40).position(|byte| *byte == b' ');
    let time = space.and_then(|space| std::str::from_utf8(&message[..space]).ok()?.parse().ok());
    match (space, time) {
        (Some(space), Some(time)) => (time, &message[space + 1..]),
        _ => (Timestamp::UNIX_EPOCH, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(message: &'static [u8]) -> LogOutput {
        LogOutput::StdOut { message: message.into() }
    }

    #[test]
    fn pieces_become_lines_and_channels_do_not_mix() {
        let mut unfinished = Unfinished::default();
        assert_eq!(unfinished.push(out(b"2026-01-02T03:04:05.1Z one ")), None);
        let other = LogOutput::StdErr { message: b"2026-01-02T03:04:06Z two\n".as_slice().into() };
        let text = |line: Option<Line>| line.map(|line| (line.at.to_string(), String::from_utf8(line.text).unwrap()));
        assert_eq!(text(unfinished.push(other)), Some(("2026-01-02T03:04:06Z".into(), "two".into())));
        let line = text(unfinished.push(out(b"2026-01-02T03:04:07Z and more\n")));
        assert_eq!(line, Some(("2026-01-02T03:04:05.1Z".into(), "one and more".into())));
    }

    #[test]
    fn an_endless_line_is_told_in_parts() {
        let mut unfinished = Unfinished::default();
        let piece = || LogOutput::StdOut { message: vec![b'x'; LONGEST_LINE].into() };
        assert_eq!(unfinished.push(piece()).unwrap().text.len(), LONGEST_LINE);
        assert!(unfinished.0.iter().all(Option::is_none));
    }
}
