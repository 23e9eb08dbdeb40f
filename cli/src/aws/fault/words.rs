//! A fault in a person's words: what happened and why, and the one thing to do about it.

use super::{Fault, SignIn};
use crate::error::UserError;
use crate::printer::harmless;

pub(super) fn tell(fault: &Fault, doing: &str, profile: Option<&str>) -> UserError {
    let failed = |reason: &str| UserError::failed(format!("could not {doing}: {reason}"));
    match fault {
        Fault::NoCredentials => failed("there are no AWS credentials on this machine").hint(
            "sign in with `aws login` or `aws sso login`, name a profile with --profile, or set AWS_ACCESS_KEY_ID",
        ),
        Fault::SignedOut(SignIn::IdentityCenter) => {
            failed("the session of IAM Identity Center is over").hint(sign_in("aws sso login", profile))
        }
        Fault::SignedOut(SignIn::Console) => {
            failed("the session of `aws login` is over").hint(sign_in("aws login", profile))
        }
        Fault::BadCredentials(reason) => failed(&format!("no AWS credentials were got: {}", harmless(reason)))
            .hint("`aws sts get-caller-identity` shows whether the AWS settings of this machine work"),
        Fault::Expired => failed("the temporary AWS credentials have expired")
            .hint("get new ones, and run the command again: what it did already is kept"),
        Fault::UnknownKey(message) => failed(&with("AWS does not accept the credentials", message))
            .hint("`aws sts get-caller-identity` shows whether they work elsewhere; --profile names other ones"),
        Fault::ClockSkew => failed("the clock of this machine and that of AWS are too far apart")
            .hint("set this machine's clock; `jetway doctor` shows by how much it is wrong"),
        Fault::Denied(message) => failed(&with("AWS denies it", message))
            .hint("`jetway policy deploy` and `jetway policy operator` print what is needed"),
        Fault::Throttled => failed("AWS asks to be asked less often, again and again").hint("run the command again"),
        Fault::OtherRegion(region) => other_region(&failed, region.as_deref()),
        Fault::Unreachable(reason) => failed(&format!("AWS was not reached: {}", harmless(reason)))
            .hint("look at the network, the proxy variables and the region's name"),
        Fault::NoAnswer(status) => failed(&format!("HTTP {status}, and not in the form of an answer of AWS"))
            .hint("look whether a proxy or AWS_ENDPOINT_URL stands between this machine and AWS"),
        Fault::Broken(message) => {
            failed(&with("AWS has a fault of its own", message)).hint("run the command again in a while")
        }
        Fault::Refused { code, message } if message.is_empty() => failed(&format!("AWS refuses with `{code}`")),
        Fault::Refused { message, .. } => failed(&harmless(message)),
    }
}

fn sign_in(command: &str, profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("{command} --profile {profile}"),
        None => command.to_owned(),
    }
}

fn other_region(failed: &impl Fn(&str) -> UserError, region: Option<&str>) -> UserError {
    match region {
        Some(region) => failed(&format!("the bucket is in the region {}", harmless(region)))
            .hint(format!("--region {}", harmless(region))),
        None => failed("the bucket is in another region").hint("name the right one with --region"),
    }
}

fn with(what: &str, message: &str) -> String {
    if message.is_empty() { what.to_owned() } else { format!("{what}: {}", harmless(message)) }
}
