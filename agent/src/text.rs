//! Makes what containers say harmless: config values become `***`, control characters become visible.

use jetway_common::secret::{SecretText, Values};

/// Values shorter than this would blank out half of every text, and are no secrets worth the name.
const SHORTEST: usize = 4;
const LONGEST_LINE: usize = 2000;

/// Knows which texts must not be seen.
#[derive(Clone, Default)]
pub struct Redactor(Vec<SecretText>);

impl Redactor {
    /// Hides all values of a config, and each line of those that have several.
    pub fn new(values: &Values) -> Self {
        let lines = values.values().flat_map(|value| value.reveal().lines().chain([value.reveal()]));
        let mut hidden: Vec<&str> = lines.map(str::trim).filter(|text| text.chars().count() >= SHORTEST).collect();
        // The longest first: a value that contains another must not leave its other half.
        hidden.sort_unstable_by_key(|text| (std::cmp::Reverse(text.len()), *text));
        hidden.dedup();
        Self(hidden.into_iter().map(|text| SecretText::new(text.to_owned())).collect())
    }

    /// One line without secrets and without control characters.
    pub fn line(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.reveal()) {
                text = text.replace(secret.reveal(), "***");
            }
        }
        escape(&text)
    }

    /// The last `count` lines of a log.
    pub fn last_lines(&self, log: &[u8], count: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(log);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(count)..].iter().map(|line| self.line(line.trim_end())).collect()
    }
}

/// The text with its control characters made visible, and cut when it is very long.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if safe.len() > LONGEST_LINE {
            safe.push('…');
            break;
        }
        match character {
            '\t' => safe.push(' '),
            c if c.is_control() || is_reordering(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that make a terminal show other text than is there.
fn is_reordering(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes as people write them.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// `1 layer`, `2 layers`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(values: &[(&str, &str)]) -> Redactor {
        let values = values.iter().map(|(name, value)| (name.parse().unwrap(), SecretText::new((*value).to_owned())));
        Redactor::new(&values.collect())
    }

    #[test]
    fn values_of_the_config_never_show_and_the_longest_goes_first() {
        let redactor =
            redactor(&[("A", "hunter2"), ("B", "hunter2-and-more"), ("C", "abc"), ("D", "line one\nline two")]);
        assert_eq!(redactor.line("x=hunter2-and-more y=hunter2 z=abc"), "x=*** y=*** z=abc");
        assert_eq!(redactor.last_lines(b"k: line one\nline two\n", 20), ["k: ***", "***"]);
    }

    #[test]
    fn control_characters_become_visible() {
        for (raw, safe) in [
            ("\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}"),
            ("a\tb", "a b"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("é", "é"),
        ] {
            assert_eq!(escape(raw), safe);
        }
    }

    #[test]
    fn only_the_last_lines_stay() {
        let log = (0..50).map(|n| format!("line {n}\r\n")).collect::<Vec<_>>().concat();
        let lines = Redactor::default().last_lines(log.as_bytes(), 20);
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].as_str()), (20, "line 30", "line 49"));
    }

    #[test]
    fn bytes_are_written_for_people() {
        for (count, text) in [(999, "999 B"), (1000, "1.0 kB"), (1_550_000, "1.5 MB"), (976_147_968, "976.1 MB")] {
            assert_eq!(bytes(count), text);
        }
    }
}
