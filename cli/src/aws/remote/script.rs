//! Lines for the shell of an instance.

use jetway_common::seconds::Seconds;

use crate::remote::Job;

/// A session's user is not root, and may become it:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-ssm-user-permissions.html>.
const AS_ROOT: &str = "sudo";

/// The line that does `job` and is connected with a terminal.
pub(super) fn with_terminal(job: Job<'_>) -> String {
    let words = match job {
        Job::Exec { container, program } => words(["docker", "exec", "--interactive", "--tty", container], program),
        Job::OneOff { container, entrypoint, command, .. } => one_off("--tty", entrypoint, container.as_str(), command),
    };
    line(std::iter::once(AS_ROOT.to_owned()).chain(words))
}

/// The line that root does `job` with, without a terminal; what is made for it is stopped after `limit`.
pub(super) fn without_terminal(job: Job<'_>, limit: Seconds) -> String {
    line(match job {
        Job::Exec { container, program } => words(["docker", "exec", container], program),
        Job::OneOff { container, entrypoint, command, .. } => {
            one_off(&format!("--timeout={limit}"), entrypoint, container.as_str(), command)
        }
    })
}

fn one_off(option: &str, entrypoint: Option<&str>, container: &str, command: &[String]) -> Vec<String> {
    let entrypoint = entrypoint.map(|program| format!("--entrypoint={program}"));
    let options = ["jetway-agent", "one-off", option].map(str::to_owned).into_iter().chain(entrypoint);
    options.chain([container.to_owned(), "--".to_owned()]).chain(command.iter().cloned()).collect()
}

fn words<const N: usize>(before: [&str; N], after: &[String]) -> Vec<String> {
    before.map(str::to_owned).into_iter().chain(after.iter().cloned()).collect()
}

fn line(words: impl IntoIterator<Item = String>) -> String {
    words.into_iter().map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// A text as one word of a shell. Systems Manager replaces `{{...}}` in what it is given, so no two braces may stand side
/// by side: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-param-runcommand.html>.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=.".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''").replace('{', "{''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const WORDS: [&str; 10] =
        ["", "a b", "it's", "$HOME `id`", "{{ssm:password}}", "{{{", "two\nlines", "-x", "\\", "a=~"];

    #[test]
    fn a_shell_gets_every_word_as_it_was_typed() {
        let script = line(["printf", "[%s]"].into_iter().chain(WORDS).map(str::to_owned));
        assert!(!script.contains("{{"), "{script}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let expected = WORDS.map(|word| format!("[{word}]")).concat();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }

    #[test]
    fn a_job_is_a_line_for_root_and_with_a_terminal_one_for_whoever_has_the_session() {
        let command = ["echo", "it's"].map(str::to_owned);
        let exec = Job::Exec { container: "jetway-qa-shop-web-v1", program: &command };
        let web = "web".parse().unwrap();
        let one_off =
            |entrypoint| Job::OneOff { container: &web, entrypoint, command: &command, stop_timeout: Seconds(3) };
        assert_eq!(without_terminal(exec, Seconds(60)), r"docker exec jetway-qa-shop-web-v1 echo 'it'\''s'");
        let told = with_terminal(exec);
        assert_eq!(told, r"sudo docker exec --interactive --tty jetway-qa-shop-web-v1 echo 'it'\''s'");
        let told = without_terminal(one_off(Some("")), Seconds(60));
        assert_eq!(told, r"jetway-agent one-off --timeout=1m --entrypoint= web -- echo 'it'\''s'");
        assert_eq!(with_terminal(one_off(None)), r"sudo jetway-agent one-off --tty web -- echo 'it'\''s'");
    }
}
