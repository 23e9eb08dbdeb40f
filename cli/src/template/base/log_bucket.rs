//! The log bucket: load balancers, the store's own access log and the audit trail write into it.

use jetway_common::name::InstallationName;
use serde_json::{Value, json};

use super::{bucket, trail_arn};
use crate::template::functions::{attribute, reference, substitute};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// How long logs are kept: thirteen months, so that a year can be compared with the one before.
const KEPT_DAYS: u32 = 400;

pub(super) fn add(template: &mut Template, installation: &InstallationName, tags: &Tags) {
    // Load balancers write only into a bucket that S3 itself encrypts:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    let encryption = json!({ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } });
    let expire = json!({ "Id": "ForgetOldLogs", "Status": "Enabled", "ExpirationInDays": KEPT_DAYS });
    let lifecycle = json!([bucket::abort_uploads(), expire, bucket::forget_old_versions(30)]);
    let bucket = Resource::new(
        "AWS::S3::Bucket",
        "Bucket for the logs of load balancers, of the store and of the audit trail",
        bucket::settings(&encryption, &lifecycle),
    );
    let bucket = bucket.tagged(tags).kept();
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
    let bucket = bucket.skip("CKV_AWS_18", "it is where access logs go: logging itself would never end");
    template.resources.add("LogBucket", bucket);
    let policy = Resource::new(
        "AWS::S3::BucketPolicy",
        "Who may write logs: load balancers, S3 and the audit trail of this account",
        bucket::policy("LogBucket", grants(installation)),
    );
    template.resources.add("LogBucketPolicy", policy.kept());
}

fn grants(installation: &InstallationName) -> Vec<Value> {
    let of_this_account = json!({ "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } });
    let balancers = "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*";
    let of_the_trail = json!({ "StringEquals": { "aws:SourceArn": substitute(trail_arn(installation)) } });
    vec![
        grant(
            "LoadBalancersWrite",
            "logdelivery.elasticloadbalancing.amazonaws.com",
            "alb/*",
            &json!({ "ArnLike": { "aws:SourceArn": substitute(balancers) } }),
        ),
        grant("StoreWritesAccessLog", "logging.s3.amazonaws.com", "s3/*", &of_this_account),
        grant("TrailWrites", "cloudtrail.amazonaws.com", "cloudtrail/AWSLogs/${AWS::AccountId}/*", &of_the_trail),
        json!({
            "Sid": "TrailLooks",
            "Effect": "Allow",
            "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "s3:GetBucketAcl",
            "Resource": attribute("LogBucket", "Arn"),
            "Condition": of_the_trail,
        }),
    ]
}

fn grant(id: &str, service: &str, objects: &str, condition: &Value) -> Value {
    json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "s3:PutObject",
        "Resource": substitute(format!("${{LogBucket.Arn}}/{objects}")),
        "Condition": condition,
    })
}
