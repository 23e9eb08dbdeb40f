//! Names that AWS gives or limits, as far as an instance must be told them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{NameError, checked_text};

checked_text!(
    /// The number of an AWS account: 12 digits.
    AccountId,
    |value: &str| ACCOUNT.check(value, |value| value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()))
);

checked_text!(
    /// The name of a region of AWS, such as `us-west-2`.
    RegionName,
    |value: &str| REGION.check(value, is_region)
);

checked_text!(
    /// The name of a bucket: 3 to 63 characters, of which S3 allows few.
    BucketName,
    |value: &str| BUCKET.check(value, is_bucket)
);

checked_text!(
    /// The ARN of a key in KMS; an alias is refused, because it can be pointed elsewhere.
    KeyArn,
    |value: &str| KEY.check(value, is_key)
);

checked_text!(
    /// The name of a stack: 1 to 128 letters, digits and hyphens, a letter first.
    StackName,
    |value: &str| STACK.check(value, is_stack)
);

checked_text!(
    /// The logical id of a resource in a stack: 1 to 255 letters and digits.
    LogicalId,
    |value: &str| LOGICAL.check(value, |value| within(value, 255) && value.bytes().all(|b| b.is_ascii_alphanumeric()))
);

checked_text!(
    /// The name of a lifecycle hook: 1 to 255 characters.
    HookName,
    |value: &str| HOOK.check(value, |value| has_only(value, 255, b"-_/"))
);

checked_text!(
    /// The name of a log group: 1 to 512 characters.
    LogGroupName,
    |value: &str| LOG_GROUP.check(value, |value| has_only(value, 512, b"-_/.#"))
);

/// What people call a kind of name, and what it allows.
struct Form {
    what: &'static str,
    rule: &'static str,
}

const ACCOUNT: Form = Form { what: "AWS account", rule: "12 digits" };
const REGION: Form = Form { what: "AWS region", rule: "a name such as us-west-2" };
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const BUCKET: Form = Form { what: "bucket", rule: "a-z, 0-9, \"-\" and \".\", 3 to 63 characters" };
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN>
const KEY: Form = Form { what: "key", rule: "an ARN such as arn:aws:kms:us-west-2:123456789012:key/1234abcd-..." };
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
const STACK: Form = Form { what: "stack", rule: "A-Z, a-z, 0-9 and \"-\", a letter first, at most 128 characters" };
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SignalResource.html>
const LOGICAL: Form = Form { what: "logical id", rule: "A-Z, a-z and 0-9, at most 255 characters" };
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>
const HOOK: Form =
    Form { what: "lifecycle hook", rule: "A-Z, a-z, 0-9, \"-\", \"_\" and \"/\", at most 255 characters" };
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
const LOG_GROUP: Form =
    Form { what: "log group", rule: "A-Z, a-z, 0-9, \"-\", \"_\", \"/\", \".\" and \"#\", at most 512 characters" };

impl Form {
    fn check(&self, value: &str, is_good: impl FnOnce(&str) -> bool) -> Result<(), NameError> {
        if is_good(value) {
            return Ok(());
        }
        let reason = if value.is_empty() { "is empty" } else { "is not one" };
        Err(NameError { what: self.what, value: value.to_owned(), reason: reason.to_owned(), rule: self.rule })
    }
}

impl KeyArn {
    /// The partition of AWS that the key is in, such as `aws`, which ARNs of other things there begin with as well.
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }
}

fn within(value: &str, longest: usize) -> bool {
    (1..=longest).contains(&value.len())
}

fn has_only(value: &str, longest: usize, others: &[u8]) -> bool {
    within(value, longest) && value.bytes().all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
}

fn is_region(value: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    within(value, 32) && value.contains('-') && value.bytes().all(allowed) && is_rounded(value)
}

fn is_bucket(value: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    (3..=63).contains(&value.len()) && value.bytes().all(allowed) && is_rounded(value) && !value.contains("..")
}

/// Whether it begins and ends with a letter or a digit.
fn is_rounded(value: &str) -> bool {
    [value.bytes().next(), value.bytes().next_back()].iter().flatten().all(u8::is_ascii_alphanumeric)
}

fn is_stack(value: &str) -> bool {
    has_only(value, 128, b"-") && value.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_key(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts[..] else { return false };
    let id = resource.strip_prefix("key/").unwrap_or_default();
    has_only(partition, 32, b"-") && is_region(region) && account.parse::<AccountId>().is_ok() && has_only(id, 64, b"-")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[track_caller]
    fn refusals<T: FromStr<Err = NameError>>(good: &[&str], bad: &[&str]) -> String {
        for name in good {
            assert_eq!(name.parse::<T>().err(), None, "{name}");
        }
        let message = |name: &&str| match name.parse::<T>() {
            Ok(_) => panic!("{name:?} is accepted"),
            Err(error) => error.to_string(),
        };
        bad.iter().map(message).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_aws_would_refuse_is_refused_with_what_is_allowed() {
        assert_snapshot!(refusals::<AccountId>(&["123456789012"], &["", "12345678901", "1234-5678-9012", "12345678901²"]), @r#"
        AWS account "": is empty; use 12 digits
        AWS account "12345678901": is not one; use 12 digits
        AWS account "1234-5678-9012": is not one; use 12 digits
        AWS account "12345678901²": is not one; use 12 digits
        "#);
        assert_snapshot!(refusals::<RegionName>(&["us-west-2", "us-gov-west-1"], &["local", "US-west-2", "us-west-", "us west-2"]), @r#"
        AWS region "local": is not one; use a name such as us-west-2
        AWS region "US-west-2": is not one; use a name such as us-west-2
        AWS region "us-west-": is not one; use a name such as us-west-2
        AWS region "us west-2": is not one; use a name such as us-west-2
        "#);
        assert_snapshot!(refusals::<BucketName>(&["jetway-storage", "a.b"], &["ab", "a..b", "a_b", "-ab", "a/b"]), @r#"
        bucket "ab": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
        bucket "a..b": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
        bucket "a_b": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
        bucket "-ab": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
        bucket "a/b": is not one; use a-z, 0-9, "-" and ".", 3 to 63 characters
        "#);
    }

    #[test]
    fn a_key_is_named_by_its_arn() {
        let good = [
            "arn:aws:kms:us-west-2:123456789012:key/11111111-2222",
            "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1",
        ];
        let bad = ["alias/jetway", "arn:aws:kms:us-west-2:123456789012:alias/jetway", "arn:aws:kms:us-west-2:1:key/1"];
        assert_snapshot!(refusals::<KeyArn>(&good, &bad), @r#"
        key "alias/jetway": is not one; use an ARN such as arn:aws:kms:us-west-2:123456789012:key/1234abcd-...
        key "arn:aws:kms:us-west-2:123456789012:alias/jetway": is not one; use an ARN such as arn:aws:kms:us-west-2:123456789012:key/1234abcd-...
        key "arn:aws:kms:us-west-2:1:key/1": is not one; use an ARN such as arn:aws:kms:us-west-2:123456789012:key/1234abcd-...
        "#);
    }

    #[test]
    fn names_of_stacks_hooks_and_log_groups_have_the_characters_that_aws_allows() {
        refusals::<StackName>(&["jetway-release-qa-web--v42"], &["", "1a", "a_b", &"a".repeat(129)]);
        refusals::<LogicalId>(&["Group"], &["", "Gr-oup", &"a".repeat(256)]);
        refusals::<HookName>(&["jetway-launch"], &["", "a b", "a\n", &"a".repeat(256)]);
        refusals::<LogGroupName>(&["/jetway/qa/web"], &["", "/a b", "a\"", &"a".repeat(513)]);
    }
}
