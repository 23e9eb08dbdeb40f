//! The forms of text in a manifest: what is allowed, as a check and as a pattern for the schema.

pub(crate) mod aws;

use crate::metadata::AGENT_USER;
use crate::name::{ApplicationName, ContainerName, EnvironmentName, NameError, ParameterName};

/// What one kind of text allows.
pub(crate) struct Form {
    /// The words after "expected".
    pub(crate) what: &'static str,
    /// A regular expression for editors; the check below may be stricter.
    pub(crate) pattern: &'static str,
    pub(crate) check: Check,
}

/// How a text is checked.
pub(crate) enum Check {
    /// The name type's own rule, whose error is a whole sentence.
    Name(fn(&str) -> Option<NameError>),
    /// The words after the value, which may be shown.
    Value(fn(&str) -> Option<String>),
    /// The words after the key, as the value may be a secret that was put here by mistake.
    Hidden(fn(&str) -> Option<String>),
}

/// Linux refuses to start a program with a longer argument or `NAME=value`: `MAX_ARG_STRLEN` is 32 pages with the NUL
/// at its end, <https://man7.org/linux/man-pages/man2/execve.2.html>.
pub(crate) const LONGEST_ARGUMENT: usize = 32 * 4096 - 1;

/// The limit of a load balancer,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>.
const LONGEST_PATH: usize = 1024;

const LONGEST_REFERENCE: usize = 4096;

pub(crate) static APPLICATION: Form = Form {
    what: "a string",
    pattern: "^(?!.*--)[a-z]([a-z0-9-]{0,22}[a-z0-9])?$",
    check: Check::Name(|text| text.parse::<ApplicationName>().err()),
};

pub(crate) static CONTAINER: Form = Form {
    what: "a string",
    pattern: "^(?!.*--)[a-z]([a-z0-9-]{0,22}[a-z0-9])?$",
    check: Check::Name(|text| text.parse::<ContainerName>().err()),
};

pub(crate) static ENVIRONMENT: Form = Form {
    what: "a string",
    pattern: "^[a-z][a-z0-9]{0,11}$",
    check: Check::Name(|text| text.parse::<EnvironmentName>().err()),
};

pub(crate) static VARIABLE: Form = Form {
    what: "a string",
    pattern: "^(?![Aa][Ww][Ss]_|[Jj][Ee][Tt][Ww][Aa][Yy]_)[A-Za-z_][A-Za-z0-9_]{0,255}$",
    check: Check::Name(|text| text.parse::<ParameterName>().err()),
};

pub(crate) static ACCOUNT: Form =
    Form { what: "a string of 12 digits", pattern: "^[0-9]{12}$", check: Check::Value(account) };

pub(crate) static REGION: Form = Form {
    what: "a string such as \"us-west-2\"",
    pattern: "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    check: Check::Value(region),
};

pub(crate) static REFERENCE: Form = Form {
    what: "a string such as \"hello:latest\"",
    pattern: "^[^\\x00-\\x20\\x7f]([^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?$",
    check: Check::Value(reference),
};

pub(crate) static USER: Form = Form {
    what: "a string such as \"1000:1000\"",
    pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$",
    check: Check::Value(user),
};

pub(crate) static ARGUMENT: Form = Form { what: "a string", pattern: "^[^\\x00]*$", check: Check::Hidden(argument) };

pub(crate) static VARIABLE_VALUE: Form = Form { what: "a string", pattern: "^[^\\x00]*$", check: Check::Hidden(nul) };

pub(crate) static HEALTH_PATH: Form =
    Form { what: "a string that begins with \"/\"", pattern: "^/[!-~]{0,1023}$", check: Check::Value(health_path) };

pub(crate) static INSTANCE_TYPE: Form = Form {
    what: "a string such as \"t4g.small\"",
    pattern: "^[a-z0-9-]+\\.[a-z0-9-]+$",
    check: Check::Value(instance_type),
};

pub(crate) static STATEMENT_ID: Form =
    Form { what: "a string of letters and digits", pattern: "^[A-Za-z0-9]+$", check: Check::Value(statement_id) };

pub(crate) static ACTION: Form = Form {
    what: "a string such as \"s3:GetObject\"",
    pattern: "^(\\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$",
    check: Check::Value(action),
};

pub(crate) static RESOURCE: Form = Form {
    what: "a string such as \"arn:aws:s3:::bucket/*\"",
    pattern: "^(\\*|arn:[\\x20-\\x7e]+)$",
    check: Check::Value(resource),
};

pub(crate) fn unless(holds: bool, fault: &str) -> Option<String> {
    (!holds).then(|| fault.to_owned())
}

fn account(text: &str) -> Option<String> {
    unless(text.len() == 12 && all(text, |b| b.is_ascii_digit()), "is not an account number of 12 digits")
}

pub(crate) fn region(text: &str) -> Option<String> {
    let mut parts = text.rsplit('-');
    let number = parts.next().is_some_and(|part| matches!(part.len(), 1..=2) && all(part, |b| b.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let first = words.last().is_some_and(|word| matches!(word.len(), 2..=4));
    let letters = words.iter().all(|word| !word.is_empty() && all(word, |b| b.is_ascii_lowercase()));
    unless(number && first && letters && words.len() >= 2, "is not a region such as `us-west-2`")
}

fn reference(text: &str) -> Option<String> {
    if text.is_empty() {
        Some("is empty".to_owned())
    } else if text.len() > LONGEST_REFERENCE {
        Some(format!("has {} bytes, the limit is {LONGEST_REFERENCE}", text.len()))
    } else {
        let is_clean = text.trim() == text && !text.contains(char::is_control);
        unless(is_clean, "begins or ends with a space or contains a control character")
    }
}

fn user(text: &str) -> Option<String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(['-', '.'])
            && all(name, |b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    };
    let (user, group) = text.split_once(':').unwrap_or((text, "0"));
    let is_agent = user.parse() == Ok(AGENT_USER);
    unless(is_name(user) && is_name(group), "is not a user such as `app`, `1000` or `1000:1000`")
        .or_else(|| is_agent.then(|| format!("is the number of Jetway's own user on instances, {AGENT_USER}")))
}

fn argument(text: &str) -> Option<String> {
    let too_long = || format!("has {} bytes, the kernel allows {LONGEST_ARGUMENT} for an argument", text.len());
    nul(text).or_else(|| (text.len() > LONGEST_ARGUMENT).then(too_long))
}

fn nul(text: &str) -> Option<String> {
    unless(!text.contains('\0'), "contains a NUL character, which no program can be given")
}

fn health_path(text: &str) -> Option<String> {
    if !text.starts_with('/') {
        Some("does not begin with `/`".to_owned())
    } else if text.len() > LONGEST_PATH {
        Some(format!("has {} bytes, the limit is {LONGEST_PATH}", text.len()))
    } else {
        unless(
            all(text, |b| b.is_ascii_graphic()),
            "contains a space, a control character or one that must be percent-encoded",
        )
    }
}

fn instance_type(text: &str) -> Option<String> {
    let is_part =
        |part: &str| !part.is_empty() && all(part, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let is_type = text.split_once('.').is_some_and(|(family, size)| is_part(family) && is_part(size));
    unless(is_type, "is not an instance type such as `t4g.small`")
}

fn statement_id(text: &str) -> Option<String> {
    unless(!text.is_empty() && all(text, |b| b.is_ascii_alphanumeric()), "is not made of letters and digits")
}

fn action(text: &str) -> Option<String> {
    let is_service = |part: &str| !part.is_empty() && all(part, |b| b.is_ascii_alphanumeric() || b == b'-');
    let is_name = |part: &str| !part.is_empty() && all(part, |b| b.is_ascii_alphanumeric() || b"*?".contains(&b));
    let is_action = text.split_once(':').is_some_and(|(service, name)| is_service(service) && is_name(name));
    unless(is_action || text == "*", "is not an action such as `s3:GetObject`")
}

fn resource(text: &str) -> Option<String> {
    let is_arn = text.starts_with("arn:") && all(text, |b| b.is_ascii_graphic() || b == b' ');
    unless(text == "*" || is_arn, "is not an ARN such as `arn:aws:s3:::bucket/*`")
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(allowed)
}
