//! What both buckets have in common: private, versioned, owned by the account, and spoken to over modern TLS alone.

use serde_json::{Value, json};

use crate::template::functions::{attribute, reference, substitute};

/// The settings that both buckets have.
pub(super) fn settings(encryption: &Value, lifecycle: &Value) -> Value {
    json!({
        "BucketEncryption": { "ServerSideEncryptionConfiguration": [encryption] },
        "LifecycleConfiguration": { "Rules": lifecycle },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true,
            "BlockPublicPolicy": true,
            "IgnorePublicAcls": true,
            "RestrictPublicBuckets": true,
        },
        "VersioningConfiguration": { "Status": "Enabled" },
    })
}

/// Parts of uploads that nobody finished go after a week.
pub(super) fn abort_uploads() -> Value {
    json!({
        "Id": "AbortUnfinishedUploads",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 },
    })
}

/// What was overwritten or deleted can be brought back for this many days.
pub(super) fn forget_old_versions(days: u32) -> Value {
    json!({
        "Id": "ForgetOldVersions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": { "NoncurrentDays": days },
        "ExpiredObjectDeleteMarker": true,
    })
}

/// A bucket's policy: the two denials that both buckets have, then its own statements.
pub(super) fn policy(bucket: &str, statements: Vec<Value>) -> Value {
    let mut all = vec![
        deny(bucket, "PlainHttpIsDenied", &json!({ "Bool": { "aws:SecureTransport": "false" } })),
        deny(bucket, "OldTlsIsDenied", &json!({ "NumericLessThan": { "s3:TlsVersion": "1.2" } })),
    ];
    all.extend(statements);
    json!({ "Bucket": reference(bucket), "PolicyDocument": { "Version": "2012-10-17", "Statement": all } })
}

fn deny(bucket: &str, id: &str, condition: &Value) -> Value {
    json!({
        "Sid": id,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [attribute(bucket, "Arn"), substitute(format!("${{{bucket}.Arn}}/*"))],
        "Condition": condition,
    })
}
