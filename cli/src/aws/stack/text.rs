//! Templates as texts. Jetway writes all of them in the same way, a key to a line and two spaces deeper for what belongs
//! to it, and CloudFormation gives them back as they were sent.

use std::collections::BTreeMap;

/// A part of a template: its keys, each with the lines that belong to it.
pub(super) type Part<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// The sections of a whole template.
pub(super) fn sections(template: &str) -> Part<'_> {
    nested(&template.lines().collect::<Vec<_>>(), 0)
}

/// The resources of a template, by their logical names.
pub(super) fn resources<'t>(sections: &Part<'t>) -> Part<'t> {
    sections.get("Resources").map(|lines| nested(lines, 2)).unwrap_or_default()
}

/// The keys that are `depth` spaces deep.
pub(super) fn nested<'t>(lines: &[&'t str], depth: usize) -> Part<'t> {
    let mut part = Part::new();
    let mut current = None;
    for line in lines {
        let own = line.get(depth..).filter(|_| line.len() - line.trim_start().len() == depth);
        // The items of a list are as deep as the key that they belong to.
        if let Some((key, _)) = own.filter(|text| !text.starts_with('-')).and_then(|text| text.split_once(':')) {
            current = Some(key);
        }
        if let Some(key) = current {
            part.entry(key).or_default().push(*line);
        }
    }
    part
}

/// The description in the metadata of a resource, if it has one.
pub(super) fn description<'t>(resource: &[&'t str]) -> Option<&'t str> {
    let metadata = nested(resource, 4);
    let line = metadata.get("Metadata")?.iter().find_map(|line| line.strip_prefix("      Description: "))?;
    let quoted = line.strip_prefix(['"', '\'']).and_then(|text| text.strip_suffix(['"', '\'']));
    Some(quoted.unwrap_or(line))
}
