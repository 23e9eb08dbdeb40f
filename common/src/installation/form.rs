//! The forms of text in an installation file.

use crate::manifest::form::{Check, Form, region, unless};
use crate::name::InstallationName;
use crate::network::Network;

pub(super) static INSTALLATION: Form = Form {
    what: "a string",
    pattern: "^[a-z][a-z0-9]{0,11}$",
    check: Check::Name(|text| text.parse::<InstallationName>().err()),
};

pub(super) static ZONE: Form = Form {
    what: "a string such as \"us-west-2a\"",
    pattern: "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}[a-z]$",
    check: Check::Value(zone),
};

pub(super) static NETWORK: Form = Form {
    what: "a string such as \"10.1.0.0/16\"",
    pattern: "^(10|172|192)(\\.[0-9]{1,3}){3}/(1[6-9]|20)$",
    check: Check::Value(|text| text.parse::<Network>().err().map(|error| error.to_string())),
};

/// The limits of `CreateKeyPair`: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html>.
pub(super) static KEY_PAIR: Form = Form {
    what: "a string",
    pattern: "^[!-~]([ -~]{0,253}[!-~])?$",
    check: Check::Value(|text| {
        let is_clean = text.trim() == text && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        unless((1..=255).contains(&text.len()) && is_clean, "is not a name of 1 to 255 ASCII characters")
    }),
};

// The rules for tags that hold in every service:
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html

/// No instance is launched whose metadata could not show a tag, and the agent reads there which stack and group it is of.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html>
pub(super) static TAG: Form = Form {
    what: "a string",
    pattern: "^(?![Aa][Ww][Ss]:|jetway:|(\\.|\\.\\.|_index)$)[A-Za-z0-9_.:=+@-]{1,128}$",
    check: Check::Value(|text| {
        if text.to_ascii_lowercase().starts_with("aws:") {
            Some("begins with `aws:`, which AWS keeps for itself".to_owned())
        } else if text.starts_with("jetway:") {
            Some("begins with `jetway:`, which Jetway keeps for itself".to_owned())
        } else if text.is_empty() {
            Some("is empty".to_owned())
        } else if matches!(text, "." | ".." | "_index") {
            Some("is a name that instance metadata keeps for itself".to_owned())
        } else {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.:=+-@".contains(c);
            let allowed = "use ASCII letters, digits and _ . : = + - @, for instance metadata shows no other keys";
            tag(text, 128, is_allowed, allowed)
        }
    }),
};

pub(super) static TAG_VALUE: Form = Form {
    what: "a string",
    pattern: "^[\\p{L}\\p{N} _.:/=+@-]{0,256}$",
    check: Check::Value(|text| {
        let is_allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
        tag(text, 256, is_allowed, "use letters, digits, spaces and _ . : / = + - @")
    }),
};

fn tag(text: &str, longest: usize, is_allowed: impl Fn(char) -> bool, allowed: &str) -> Option<String> {
    let length = text.chars().count();
    if length > longest {
        return Some(format!("has {length} characters, the limit is {longest}"));
    }
    let bad = text.chars().find(|c| !is_allowed(*c))?;
    Some(format!("has the character U+{:04X}; {allowed}", u32::from(bad)))
}

fn zone(text: &str) -> Option<String> {
    let before = text.strip_suffix(|c: char| c.is_ascii_lowercase());
    let is_zone = before.is_some_and(|before| region(before).is_none());
    unless(is_zone, "is not an availability zone such as `us-west-2a`")
}
