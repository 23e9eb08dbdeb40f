//! The dotenv form, as people write it and as it comes back.

use super::*;

fn pairs(text: &str) -> Vec<(String, String)> {
    let found = read(text);
    assert_eq!(found.problems, Vec::new(), "{text}");
    found.entries.iter().map(|entry| (entry.name.clone(), entry.value.reveal().to_owned())).collect()
}

#[test]
fn values_are_read_as_people_mean_them() {
    let table = [
        ("A=b", "b"),
        ("A=", ""),
        ("A=\"\"", ""),
        ("  export A = b  ", "b"),
        ("A=b # comment", "b"),
        ("A= # comment", ""),
        ("A=b#c", "b#c"),
        ("A=#c", "#c"),
        ("A=b=c", "b=c"),
        ("A=it's", "it's"),
        ("A='b \\n $c \"d\" # e' # comment", "b \\n $c \"d\" # e"),
        ("A=\"b\\nc\\t\\\"d\\\" \\$e \\\\n\"", "b\nc\t\"d\" $e \\n"),
        ("A=\"C:\\Users\"", "C:\\Users"),
        ("A=\"b\nc\"\r\n", "b\nc"),
        ("A='b\nc'", "b\nc"),
        ("A=b\r\n", "b"),
        ("# comment\n\nA=${B}", "${B}"),
        ("A=ключ 🔑", "ключ 🔑"),
    ];
    for (text, value) in table {
        assert_eq!(pairs(text), [("A".to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn every_problem_is_told_with_its_line_and_without_a_value() {
    let text = "secret1\n\nA=\"b\nc\" secret2\nB='c' 'secret3'\nC=\"secret4\nD=5\n";
    let problems: Vec<String> = read(text).problems.iter().map(|(line, text)| format!("{line}: {text}")).collect();
    insta::assert_snapshot!(problems.join("\n"), @"
    1: has no `=`; write NAME=value, and quote values of several lines
    4: something stands after the closing quote
    5: something stands after the closing quote
    6: the quote is never closed
    ");
}

#[test]
fn what_is_written_comes_back() {
    let hard =
        ["", " ", "plain", "a b", "a\nb\r\n\tc", "\"'`$\\", "#", "a #b", "\\n", "ключ 🔑", "\u{1b}[31m", "=", "'"];
    let values: Values = hard
        .iter()
        .enumerate()
        .map(|(index, value)| (format!("N{index:02}").parse().unwrap(), SecretText::new((*value).to_owned())))
        .collect();
    let read: Vec<String> = pairs(&write(&values)).into_iter().map(|(_, value)| value).collect();
    assert_eq!(read, hard);
}
