//! The JSON form of a config: one object of names and string values, read with the line of every problem.

use jetway_common::secret::{SecretText, Values};
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use super::entries::{Entry, Found};

/// Reads a file.
pub fn read(text: &str) -> Found {
    let mut reader = Reader { text, at: 0, found: Found::default() };
    if let Err(problem) = reader.object() {
        reader.problem(problem);
    }
    reader.found
}

/// The messages of the JSON library quote what they found, so only the place is taken from it.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Found,
}

impl Reader<'_> {
    fn object(&mut self) -> Result<(), &'static str> {
        self.expect('{', "not a JSON object: expected `{`")?;
        if self.peek() == Some('}') {
            self.at += 1;
        } else {
            self.member()?;
            while self.peek() == Some(',') {
                self.at += 1;
                self.member()?;
            }
            self.expect('}', "expected `,` or `}`")?;
        }
        if self.peek().is_none() { Ok(()) } else { Err("something stands after the object") }
    }

    fn member(&mut self) -> Result<(), &'static str> {
        if self.peek() != Some('"') {
            return Err("expected a name in double quotes");
        }
        let place = format!("line {}", self.line());
        let name: String = self.value().ok_or("the name is no JSON string")?;
        self.expect(':', "expected `:` after the name")?;
        match self.peek() {
            Some('"') => {
                let value = self.value().map(SecretText::new).ok_or("the value is no JSON string")?;
                self.found.entries.push(Entry { place, name, value });
            }
            first => {
                let problem = format!("the value is {}, expected a string in double quotes", kind(first));
                self.found.problems.push((self.line(), problem));
                self.value::<IgnoredAny>().ok_or("not JSON")?;
            }
        }
        Ok(())
    }

    fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut values = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<T>();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t', '\r', '\n']);
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn expect(&mut self, wanted: char, problem: &'static str) -> Result<(), &'static str> {
        if self.peek() != Some(wanted) {
            return Err(problem);
        }
        self.at += 1;
        Ok(())
    }

    fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    fn problem(&mut self, problem: &str) {
        self.found.problems.push((self.line(), problem.to_owned()));
    }
}

fn kind(first: Option<char>) -> &'static str {
    match first {
        Some('{') => "an object",
        Some('[') => "a list",
        Some('t' | 'f') => "true or false",
        Some('n') => "null",
        Some('-' | '0'..='9') => "a number",
        _ => "missing",
    }
}

/// Writes what [`read`] reads, in the order of the names.
pub fn write(values: &Values) -> anyhow::Result<Zeroizing<String>> {
    let plain: std::collections::BTreeMap<&str, &str> =
        values.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    // Escapes make a text at most six times longer; with this room the buffer never moves and leaves no copy behind.
    let room: usize = values.iter().map(|(name, value)| 6 * (name.as_str().len() + value.reveal().len()) + 16).sum();
    let mut bytes = Vec::with_capacity(room + 16);
    serde_json::to_writer_pretty(&mut bytes, &plain)?;
    Ok(Zeroizing::new(String::from_utf8(bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        let hard = ["", "a\nb", "\"\\/", "ключ 🔑", "\u{1b}", "{\"a\": 1}"];
        let named =
            |(index, value): (usize, &&str)| (format!("N{index}").parse().unwrap(), SecretText::new((*value).into()));
        let values: Values = hard.iter().enumerate().map(named).collect();
        let found = read(&write(&values).unwrap());
        assert_eq!(found.problems, Vec::new());
        assert_eq!(found.entries.iter().map(|entry| entry.value.reveal()).collect::<Vec<_>>(), hard);
    }

    #[test]
    fn problems_have_lines_and_no_values() {
        let table = [
            ("", 1, "not a JSON object: expected `{`"),
            ("[\"secret\"]", 1, "not a JSON object: expected `{`"),
            ("{\n\"A\": 12345\n}", 2, "the value is a number, expected a string in double quotes"),
            ("{\"A\":\n [\"secret\"]}", 2, "the value is a list, expected a string in double quotes"),
            ("{\"A\": \"b\"\n\"B\": \"c\"}", 2, "expected `,` or `}`"),
            ("{\"A\": \"secret", 1, "the value is no JSON string"),
            ("{\"A\": \"b\",}", 1, "expected a name in double quotes"),
            ("{\"A\" \"b\"}", 1, "expected `:` after the name"),
            ("{\"A\": }", 1, "not JSON"),
            ("{}\nsecret", 2, "something stands after the object"),
        ];
        for (text, line, problem) in table {
            assert_eq!(read(text).problems.last().unwrap(), &(line, problem.to_owned()), "{text}");
        }
    }
}
