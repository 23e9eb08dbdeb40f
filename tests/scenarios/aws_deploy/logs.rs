//! `logs` on AWS: what containers wrote, from the log group that instances send it to.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::json;

use super::*;

/// Lets an instance send lines, as the CloudWatch agent does: `(seconds ago, release, channel, line)`.
fn send(aws: &Aws, instance: &str, lines: &[(u32, &str, &str, &str)]) {
    let lines = json!(lines).to_string();
    aws.read(&format!(
        "import time, datetime\nlogs, now = client('logs'), time.time()\n\
         there = dict(logGroupName='/jetway/qa/hello', logStreamName='{instance}_var_lib_docker_containers_1_1-json.log')\n\
         try: logs.create_log_stream(**there)\n\
         except logs.exceptions.ResourceAlreadyExistsException: pass\n\
         def event(ago, release, channel, text):\n    \
             at = datetime.datetime.fromtimestamp(now - ago, datetime.timezone.utc).isoformat()\n    \
             attrs = {{'jetway.container': 'web', 'jetway.release': release}}\n    \
             line = {{'log': text, 'stream': channel, 'time': at.replace('+00:00', 'Z'), 'attrs': attrs}}\n    \
             return {{'timestamp': int((now - ago) * 1000), 'message': json.dumps(line)}}\n\
         logs.put_log_events(**there, logEvents=[event(*each) for each in {lines}])\nprint(1)"
    ));
}

#[test]
fn lines_come_in_the_order_of_time_with_who_wrote_them() {
    let aws = prepared(&manifest(1));
    send(
        &aws,
        "i-0a",
        &[(700, "v1", "stdout", "long ago\n"), (30, "v1", "stdout", "one\n"), (10, "v2", "stderr", "three\n")],
    );
    send(&aws, "i-0b", &[(21, "v1", "stdout", "two \u{1b}[2J"), (20, "v1", "stdout", "in pieces\n")]);
    let shown = aws.jetway(&["logs", "qa"]).succeeds().says("the last 10 minutes");
    let expected = "i-0a web | one\ni-0b web | two \u{1b}[2Jin pieces\ni-0a web | three\n";
    assert_eq!(shown.stdout, expected);
    let shown = aws.jetway(&["logs", "qa", "--since", "1h", "--instance", "i-0a"]).succeeds();
    assert_eq!(shown.stdout, "i-0a web | long ago\ni-0a web | one\ni-0a web | three\n");
    let shown = aws.jetway(&["logs", "qa", "--tail", "2"]).succeeds();
    assert_eq!(shown.stdout, "i-0b web | two \u{1b}[2Jin pieces\ni-0a web | three\n");
    let lists = "there is no such line; `jetway status qa --instances` lists instances and their containers";
    assert_eq!(aws.jetway(&["logs", "qa", "--container", "side"]).succeeds().says(lists).stdout, "");
    let line = aws.jetway(&["--json", "logs", "qa", "--tail", "1"]).succeeds().json();
    let words = ["container", "instance", "release", "channel", "line"].map(|name| line[name].as_str().unwrap());
    assert_eq!(words, ["web", "i-0a", "v2", "stderr", "three"]);
}

#[test]
fn the_lines_of_the_release_before_are_there_although_its_instances_may_be_gone() {
    let aws = serving();
    aws.jetway(&["logs", "qa", "--previous"]).exits(1).says("no release of hello was live in qa before");
    aws.jetway(&["deploy", "qa", "--image", &hello(2)]).succeeds();
    send(&aws, "i-0a", &[(0, "v1", "stdout", "of v1\n"), (0, "v2", "stdout", "of v2\n")]);
    assert_eq!(aws.jetway(&["logs", "qa", "--previous"]).succeeds().stdout, "i-0a web | of v1\n");
    assert_eq!(aws.jetway(&["logs", "qa", "--release", "v2"]).succeeds().stdout, "i-0a web | of v2\n");
}

#[test]
fn pages_are_read_to_the_end_and_a_tail_from_the_end() {
    let aws = prepared(&manifest(1));
    let texts: Vec<String> = (0..300).map(|number| format!("line {number}\n")).collect();
    let lines: Vec<_> = texts.iter().map(|text| (5, "v1", "stdout", text.as_str())).collect();
    send(&aws, "i-0a", &lines);
    aws.tell("settings", &json!({"log_page": 40}));
    let shown = aws.jetway(&["logs", "qa"]).succeeds();
    let expected: Vec<String> = (0..300).map(|number| format!("i-0a web | line {number}")).collect();
    assert_eq!(shown.stdout.lines().collect::<Vec<_>>(), expected);
    let before = aws.calls("FilterLogEvents");
    let shown = aws.jetway(&["logs", "qa", "--tail", "50"]).succeeds();
    assert_eq!(
        shown.stdout.lines().collect::<Vec<_>>(),
        (250..300).map(|n| format!("i-0a web | line {n}")).collect::<Vec<_>>()
    );
    assert_eq!(aws.calls("FilterLogEvents") - before, 2);
}

#[test]
fn a_log_that_is_followed_shows_each_line_once_and_outlives_looks_that_fail() {
    let aws = prepared(&manifest(1));
    send(&aws, "i-0a", &[(5, "v1", "stdout", "one\n")]);
    let mut follow = aws.command(&["logs", "qa", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "i-0a web | one");
    aws.fault("FilterLogEvents", json!({"code": "ServiceUnavailableException", "status": 503, "count": 8}));
    // One of them comes in later than others that were written after it.
    send(&aws, "i-0b", &[(8, "v1", "stdout", "two\n"), (0, "v1", "stdout", "three\n")]);
    assert_eq!(lines.next().unwrap(), "i-0b web | two");
    assert_eq!(lines.next().unwrap(), "i-0b web | three");
    send(&aws, "i-0a", &[(0, "v1", "stdout", "four\n")]);
    assert_eq!(lines.next().unwrap(), "i-0a web | four");
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn an_operator_reads_the_logs() {
    let aws = serving();
    send(&aws, "i-0a", &[(0, "v1", "stdout", "hello\n")]);
    let operator = aws.user("operator");
    assert_eq!(aws.jetway_as(&operator, &["logs", "qa"]).succeeds().stdout, "i-0a web | hello\n");
}

#[test]
fn ci_reads_no_logs() {
    let aws = serving();
    let ci = aws.user("deploy");
    aws.jetway_as(&ci, &["logs", "qa"]).exits(1).says("AWS denies it").says("logs:FilterLogEvents");
}
