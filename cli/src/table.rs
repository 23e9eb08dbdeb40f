//! Text for people: aligned columns, and times in their own zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::printer::harmless;

/// Lines of aligned columns; the first row is the heading.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.clone().map(|cell| harmless(&cell))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A time in the zone of this machine, to the second.
pub fn when(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_in_them_moves_the_cursor() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let text = columns(&[row("NAME", "BY"), row("ключ", "a\u{1b}[2J"), row("a-long-name", "")]);
        assert_eq!(text, "NAME         BY\nключ         a\\u{1b}[2J\na-long-name\n");
    }
}
