//! From the events of CloudWatch Logs to lines: each event is a line of Docker's `json-file` log.
//! <https://docs.docker.com/engine/logging/drivers/json-file/>

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jetway_common::container::{CONTAINER, RELEASE};
use jiff::Timestamp;
use serde::Deserialize;

use crate::docker::logs::{Channel, Line};
use crate::remote::RemoteLine;

/// A line that is longer is told in several.
const LONGEST_LINE: usize = 1024 * 1024;

/// A line as Docker keeps it.
#[derive(Deserialize)]
struct DockerLine {
    log: String,
    stream: Channel,
    time: Timestamp,
    #[serde(default)]
    attrs: BTreeMap<String, String>,
}

/// The beginnings of lines that Docker keeps in several pieces, by stream and channel.
#[derive(Debug, Default)]
pub(super) struct Unfinished(BTreeMap<(String, Channel), RemoteLine>);

impl Unfinished {
    /// Takes an event; gives the line that it ends.
    pub(super) fn push(&mut self, event: FilteredLogEvent) -> Option<RemoteLine> {
        let stream = event.log_stream_name.unwrap_or_default();
        let piece = line(&stream, event.timestamp, event.message.as_deref().unwrap_or_default());
        let key = (stream, piece.line.channel);
        let mut whole = match self.0.remove(&key) {
            Some(mut begun) => {
                begun.line.text.extend_from_slice(&piece.line.text);
                begun
            }
            None => piece,
        };
        if whole.line.text.last() == Some(&b'\n') {
            whole.line.text.pop();
        } else if whole.line.text.len() < LONGEST_LINE {
            self.0.insert(key, whole);
            return None;
        }
        Some(whole)
    }

    /// The lines that nothing has ended.
    pub(super) fn rest(&mut self) -> Vec<RemoteLine> {
        std::mem::take(&mut self.0).into_values().collect()
    }
}

/// What is no line of Docker's is a line as it is: somebody else may write into the group.
fn line(stream: &str, timestamp: Option<i64>, message: &str) -> RemoteLine {
    // The CloudWatch agent goes on with the name of the file.
    let instance = stream.split(|c: char| c != '-' && !c.is_ascii_alphanumeric()).next().unwrap_or(stream).to_owned();
    if let Ok(DockerLine { log, stream, time, attrs }) = serde_json::from_str(message) {
        let line = Line { at: time, channel: stream, text: log.into_bytes() };
        let container = attrs.get(CONTAINER).and_then(|name| name.parse().ok());
        return RemoteLine {
            instance,
            container,
            release: attrs.get(RELEASE).and_then(|name| name.parse().ok()),
            line,
        };
    }
    let at = timestamp.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let text = format!("{}\n", message.trim_end_matches('\n')).into_bytes();
    RemoteLine { instance, container: None, release: None, line: Line { at, channel: Channel::Stdout, text } }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "i-0abc_var_lib_docker_containers_1f_1f-json.log";

    fn push(unfinished: &mut Unfinished, message: &str) -> Option<RemoteLine> {
        let event = FilteredLogEvent::builder().log_stream_name(STREAM).timestamp(1_000).message(message);
        unfinished.push(event.build())
    }

    fn docker(log: &str, channel: &str) -> String {
        serde_json::json!({
            "log": log, "stream": channel, "time": "2026-01-02T03:04:05.678901234Z",
            "attrs": { "jetway.container": "web", "jetway.release": "v3", "tag": "x" },
        })
        .to_string()
    }

    fn text(line: &RemoteLine) -> &str {
        std::str::from_utf8(&line.line.text).unwrap()
    }

    #[test]
    fn a_line_says_who_wrote_it_and_when() {
        let line = push(&mut Unfinished::default(), &docker("hello\n", "stderr")).unwrap();
        assert_eq!((line.instance.as_str(), text(&line), line.line.channel), ("i-0abc", "hello", Channel::Stderr));
        assert_eq!(line.container, Some("web".parse().unwrap()));
        assert_eq!(line.release, Some("v3".parse().unwrap()));
        assert_eq!(line.line.at.to_string(), "2026-01-02T03:04:05.678901234Z");
    }

    #[test]
    fn pieces_become_one_line_and_channels_do_not_mix() {
        let mut unfinished = Unfinished::default();
        assert_eq!(push(&mut unfinished, &docker("one ", "stdout")), None);
        assert_eq!(text(&push(&mut unfinished, &docker("two\n", "stderr")).unwrap()), "two");
        assert_eq!(text(&push(&mut unfinished, &docker("and more\n", "stdout")).unwrap()), "one and more");
        assert_eq!(push(&mut unfinished, &docker("no end", "stdout")), None);
        assert_eq!(unfinished.rest().iter().map(text).collect::<Vec<_>>(), ["no end"]);
        assert_eq!(unfinished.rest(), []);
    }

    #[test]
    fn what_is_no_line_of_docker_is_shown_as_it_is() {
        let line = push(&mut Unfinished::default(), "{\"level\": \"info\"}").unwrap();
        assert_eq!((text(&line), &line.container), ("{\"level\": \"info\"}", &None));
        assert_eq!(line.line.at, Timestamp::from_second(1).unwrap());
    }
}
