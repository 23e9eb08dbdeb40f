//! What an instance says on its serial console, one line per phase: the last word of one that could not write a report.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::{ApplicationName, ReleaseName};
use crate::report::{Failure, Phase};

/// What a line begins with, after whatever journald and the kernel write before it.
const MARK: &str = "jetway: ";
/// The most log lines of a container that go with a failure, and the most characters of any text: a console keeps 64 KiB,
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html>, and others write there as well.
const LOG_LINES: usize = 10;
const LONGEST: usize = 400;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsoleLine {
    /// When it was written.
    pub at: Timestamp,
    /// What the instance runs, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationName>,
    /// Which release of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The phase that began, or in which it has trouble.
    pub phase: Phase,
    /// Why it failed, or what troubles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl ConsoleLine {
    /// The line without its end. JSON escapes control characters, so whatever a container said stays within it.
    pub fn to_text(&self) -> String {
        let mut line = self.clone();
        if let Some(failure) = &mut line.failure {
            let surplus = failure.log.len().saturating_sub(LOG_LINES);
            failure.log.drain(..surplus);
            failure
                .log
                .iter_mut()
                .chain([&mut failure.reason])
                .chain(&mut failure.hint)
                .chain(&mut failure.answer)
                .for_each(shorten);
        }
        // Names, numbers and texts always have a form in JSON.
        format!("{MARK}{}", serde_json::to_string(&line).unwrap_or_default())
    }

    /// The line that `text` ends in, if it is one of ours.
    pub fn find(text: &str) -> Option<Self> {
        serde_json::from_str(text.split_once(MARK)?.1.trim_end()).ok()
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str(" ...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> ConsoleLine {
        let failure = Failure {
            phase: Phase::Probe,
            reason: "container `web` exited with code 3\n".to_owned(),
            hint: None,
            container: Some("web".parse().unwrap()),
            exit_code: Some(3),
            answer: None,
            log: vec!["\u{1b}[31mpanic".to_owned()],
        };
        ConsoleLine {
            at: "2026-11-21T08:07:44Z".parse().unwrap(),
            application: Some("shop".parse().unwrap()),
            release: Some("v3".parse().unwrap()),
            phase: Phase::Failed,
            failure: Some(failure),
        }
    }

    #[test]
    fn a_line_is_found_behind_what_journald_writes_before_it() {
        let text = line().to_text();
        assert!(!text.contains(['\n', '\u{1b}']), "{text}");
        let found = ConsoleLine::find(&format!("[   12.345678] jetway-agent[812]: {text}\r\n"));
        assert_eq!(found, Some(line()));
        for other in ["[    1.0] systemd[1]: Started Jetway agent: runs", "jetway: {", "jetway: {}", ""] {
            assert_eq!(ConsoleLine::find(other), None, "{other}");
        }
    }

    #[test]
    fn a_line_stays_short_whatever_a_container_said() {
        let mut line = line();
        let failure = line.failure.as_mut().unwrap();
        failure.log = vec!["é".repeat(10_000); 500];
        failure.reason = "x".repeat(1_000_000);
        let text = line.to_text();
        assert!(text.len() < 12_000, "{}", text.len());
        assert_eq!(ConsoleLine::find(&text).unwrap().failure.unwrap().log.len(), LOG_LINES);
    }
}
