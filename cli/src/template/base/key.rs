//! The key: it seals configs and encrypts the store, the audit logs and the alarms.

use jetway_common::name::InstallationName;
use serde_json::{Value, json};

use super::trail_arn;
use crate::template::functions::{reference, substitute};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// How many days a deleted key can be saved: the most that KMS allows.
const PENDING_WINDOW: u32 = 30;

pub(super) fn add(template: &mut Template, installation: &InstallationName, tags: &Tags) {
    let key = Resource::new(
        "AWS::KMS::Key",
        "Key that seals configs and encrypts the store and the audit logs",
        json!({
            "Description": format!("Jetway {installation}: configs, store and audit logs"),
            "EnableKeyRotation": true,
            "PendingWindowInDays": PENDING_WINDOW,
            "KeyPolicy": policy(installation),
        }),
    );
    template.resources.add("Key", key.tagged(tags).retained());
    let alias = Resource::new(
        "AWS::KMS::Alias",
        "Name of the key for people",
        json!({ "AliasName": format!("alias/{installation}"), "TargetKeyId": reference("Key") }),
    );
    template.resources.add("KeyAlias", alias);
}

/// In a key's own policy the resource `*` is that key alone:
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>.
fn policy(installation: &InstallationName) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [administration(), trail(installation), description_for_trail(installation), log_groups(), alarms()],
    })
}

/// Without this statement nobody, root included, could change the key; who may use it, IAM policies say.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
fn administration() -> Value {
    json!({
        "Sid": "IamPoliciesOfThisAccountDecide",
        "Effect": "Allow",
        "Principal": { "AWS": substitute("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
        "Action": "kms:*",
        "Resource": "*",
    })
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html>
fn trail(installation: &InstallationName) -> Value {
    json!({
        "Sid": "TrailEncrypts",
        "Effect": "Allow",
        "Principal": { "Service": "cloudtrail.amazonaws.com" },
        "Action": "kms:GenerateDataKey*",
        "Resource": "*",
        "Condition": { "StringEquals": {
            "aws:SourceArn": substitute(trail_arn(installation)),
            "kms:EncryptionContext:aws:cloudtrail:arn": substitute(trail_arn(installation)),
        } },
    })
}

fn description_for_trail(installation: &InstallationName) -> Value {
    json!({
        "Sid": "TrailDescribes",
        "Effect": "Allow",
        "Principal": { "Service": "cloudtrail.amazonaws.com" },
        "Action": "kms:DescribeKey",
        "Resource": "*",
        "Condition": { "StringEquals": { "aws:SourceArn": substitute(trail_arn(installation)) } },
    })
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
fn log_groups() -> Value {
    let groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*";
    json!({
        "Sid": "LogGroupsOfThisAccount",
        "Effect": "Allow",
        "Principal": { "Service": substitute("logs.${AWS::Region}.amazonaws.com") },
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": { "ArnLike": { "kms:EncryptionContext:aws:logs:arn": substitute(groups) } },
    })
}

/// An alarm cannot speak to an encrypted topic without the key:
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>.
fn alarms() -> Value {
    json!({
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
    })
}
