//! The audit trail: what anybody does in the account, in all regions, Jetway's own calls included.

use jetway_common::name::InstallationName;
use serde_json::json;

use super::trail_name;
use crate::template::functions::{attribute, reference, substitute};
use crate::template::model::Template;
use crate::template::policy::trust;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// How long the log group keeps the trail; the log bucket keeps it longer.
const KEPT_DAYS: u32 = 365;

pub(super) fn add(template: &mut Template, installation: &InstallationName, tags: &Tags) {
    let group = Resource::new(
        "AWS::Logs::LogGroup",
        "Log group of the audit trail, for searches and alarms",
        json!({ "KmsKeyId": attribute("Key", "Arn"), "RetentionInDays": KEPT_DAYS }),
    );
    template.resources.add("TrailLogGroup", group.tagged(tags).retained());
    template.resources.add("TrailRole", role(tags));
    let trail = Resource::new(
        "AWS::CloudTrail::Trail",
        "Audit trail of all regions, encrypted, with proof that no log file was changed",
        json!({
            "TrailName": substitute(trail_name(installation)),
            "IsLogging": true,
            "IsMultiRegionTrail": true,
            "IncludeGlobalServiceEvents": true,
            "EnableLogFileValidation": true,
            "KMSKeyId": attribute("Key", "Arn"),
            "S3BucketName": reference("LogBucket"),
            "S3KeyPrefix": "cloudtrail",
            "CloudWatchLogsLogGroupArn": attribute("TrailLogGroup", "Arn"),
            "CloudWatchLogsRoleArn": attribute("TrailRole", "Arn"),
        }),
    );
    template.resources.add("Trail", trail.tagged(tags).after("LogBucketPolicy"));
}

fn role(tags: &Tags) -> Resource {
    let writes = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            // The attribute ends with `:*`, which stands for the group's streams.
            "Resource": attribute("TrailLogGroup", "Arn"),
        }],
    });
    let role = Resource::new(
        "AWS::IAM::Role",
        "Role with which the audit trail writes into its log group",
        json!({
            "AssumeRolePolicyDocument": trust::service("cloudtrail.amazonaws.com"),
            "Policies": [{ "PolicyName": "write-trail", "PolicyDocument": writes }],
        }),
    );
    role.tagged(tags)
}
