//! Lines for the shell of an instance.

use crate::remote::Spot;

/// The line that runs `program` in a container with this command of Docker's.
pub(super) fn in_container(docker: &str, spot: &Spot, program: &[String]) -> String {
    let words = std::iter::once(&spot.container).chain(program).map(|word| quoted(word));
    format!("{docker} {}", words.collect::<Vec<_>>().join(" "))
}

/// A text as one word of a shell. Systems Manager replaces `{{...}}` in what it is given, so no two braces may stand side
/// by side: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-param-runcommand.html>.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''").replace('{', "{''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_gets_every_word_as_it_was_typed() {
        let words = ["", "a b", "it's", "$HOME `id`", "{{ssm:password}}", "{{{", "two\nlines", "-x", "\\"];
        let words = words.map(str::to_owned);
        let spot = Spot { instance: "i-0a".parse().unwrap(), container: "web".to_owned() };
        let script = in_container("printf '[%s]'", &spot, &words);
        assert!(!script.contains("{{"), "{script}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let expected = format!("[web]{}", words.map(|word| format!("[{word}]")).concat());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}
