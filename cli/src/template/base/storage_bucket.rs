//! The storage bucket: images, configs, releases, reports, and the applications' own objects.

use serde_json::{Value, json};

use super::bucket;
use crate::template::functions::{attribute, reference, substitute};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// What is named by a digest or a version, and so is never written twice.
const WRITTEN_ONCE: [&str; 5] = [
    "images/*/blobs/*",
    "jetway/*/*/config/*",
    "jetway/*/*/releases/*",
    "jetway/*/*/templates/*",
    "jetway-templates/*",
];

pub(super) fn add(template: &mut Template, tags: &Tags) {
    let encryption = json!({
        "ServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": attribute("Key", "Arn") },
        "BucketKeyEnabled": true,
    });
    // Nothing that is current ever expires: an instance that starts in a year needs its image and config.
    let lifecycle = json!([bucket::abort_uploads(), bucket::forget_old_versions(30)]);
    let bucket = Resource::new(
        "AWS::S3::Bucket",
        "Bucket for images, configs, releases and the applications' own objects",
        bucket::settings(&encryption, &lifecycle),
    )
    .with("LoggingConfiguration", json!({ "DestinationBucketName": reference("LogBucket"), "LogFilePrefix": "s3/" }));
    template.resources.add("StorageBucket", bucket.tagged(tags).retained().after("LogBucketPolicy"));
    let policy = Resource::new(
        "AWS::S3::BucketPolicy",
        "What nobody may do with the store: use old encryption, or rewrite what is named by digest or version",
        bucket::policy("StorageBucket", vec![written_once()]),
    );
    template.resources.add("StorageBucketPolicy", policy.retained());
}

/// Uploads in parts are checked when they are completed; their beginning and their parts cannot carry the header. Copying
/// an object onto such a name is denied altogether.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html>
fn written_once() -> Value {
    let objects: Vec<Value> =
        WRITTEN_ONCE.iter().map(|objects| substitute(format!("${{StorageBucket.Arn}}/{objects}"))).collect();
    json!({
        "Sid": "RewritingIsDenied",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": objects,
        "Condition": {
            "Null": { "s3:if-none-match": "true" },
            "Bool": { "s3:ObjectCreationOperation": "true" },
        },
    })
}
