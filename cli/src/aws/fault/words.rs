//! A fault in a person's words: what happened and why, and the one thing to do about it.

use super::{Fault, SignIn};
use crate::printer::harmless;

/// Why it did not work, and what to do about it.
pub(super) fn reason(fault: &Fault, profile: Option<&str>) -> (String, Option<String>) {
    let (reason, hint) = match fault {
        Fault::NoCredentials => (
            "there are no AWS credentials on this machine".to_owned(),
            "sign in with `aws login` or `aws sso login`, name a profile with --profile, or set AWS_ACCESS_KEY_ID"
                .to_owned(),
        ),
        Fault::SignedOut(SignIn::IdentityCenter) => {
            ("the session of IAM Identity Center is over".to_owned(), sign_in("aws sso login", profile))
        }
        Fault::SignedOut(SignIn::Console) => {
            ("the session of `aws login` is over".to_owned(), sign_in("aws login", profile))
        }
        Fault::BadCredentials(reason) => (
            with("no AWS credentials were got", reason),
            "`aws sts get-caller-identity` shows whether the AWS settings of this machine work".to_owned(),
        ),
        Fault::Expired => (
            "the temporary AWS credentials have expired".to_owned(),
            "get new ones, and run the command again".to_owned(),
        ),
        Fault::UnknownKey(message) => (
            with("AWS does not accept the credentials", message),
            "`aws sts get-caller-identity` shows whether they work elsewhere; --profile names other ones".to_owned(),
        ),
        Fault::ClockSkew => (
            "the clock of this machine and that of AWS are too far apart".to_owned(),
            "set this machine's clock".to_owned(),
        ),
        Fault::Denied(message) => (
            with("AWS denies it", message),
            "`jetway policy deploy` and `jetway policy operator` print what is needed".to_owned(),
        ),
        Fault::Throttled => {
            ("AWS asks to be asked less often, again and again".to_owned(), "run the command again".to_owned())
        }
        Fault::OtherRegion(region) => other_region(region.as_deref()),
        Fault::Unreachable(reason) => (
            with("AWS was not reached", reason),
            "look at the network, the proxy variables and the region's name".to_owned(),
        ),
        Fault::NoAnswer(status) => (
            format!("HTTP {status}, and not in the form of an answer of AWS"),
            "look whether a proxy or AWS_ENDPOINT_URL stands between this machine and AWS".to_owned(),
        ),
        Fault::Broken(message) => {
            (with("AWS has a fault of its own", message), "run the command again in a while".to_owned())
        }
        Fault::Refused { code, message } if message.is_empty() => return (format!("AWS refuses with `{code}`"), None),
        Fault::Refused { message, .. } => return (harmless(message), None),
    };
    (reason, Some(hint))
}

fn sign_in(command: &str, profile: Option<&str>) -> String {
    profile.map_or_else(|| command.to_owned(), |profile| format!("{command} --profile {profile}"))
}

fn other_region(region: Option<&str>) -> (String, String) {
    let Some(region) = region.map(harmless) else {
        return ("the bucket is in another region".to_owned(), "name the right one with --region".to_owned());
    };
    (format!("the bucket is in the region {region}"), format!("--region {region}"))
}

fn with(what: &str, message: &str) -> String {
    if message.is_empty() { what.to_owned() } else { format!("{what}: {}", harmless(message)) }
}
