//! The record of refused traffic.

use serde_json::json;

use crate::template::functions::{attribute, reference};
use crate::template::model::Template;
use crate::template::policy::scope::Place;
use crate::template::policy::trust;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

const KEPT_DAYS: u32 = 365;

pub(super) fn add(template: &mut Template, tags: &Tags) {
    let group = Resource::new(
        "AWS::Logs::LogGroup",
        "Log group of the traffic that the network refused",
        json!({ "KmsKeyId": reference("KeyArn"), "RetentionInDays": KEPT_DAYS }),
    );
    template.resources.add("FlowLogGroup", group.tagged(tags).retained());
    template.resources.add("FlowLogRole", role(tags));
    // Into a log group, not the log bucket: for a bucket AWS may write its own policy over the one of the base stack.
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    let log = Resource::new(
        "AWS::EC2::FlowLog",
        "Record of the traffic that the network refused",
        json!({
            "ResourceType": "VPC",
            "ResourceId": reference("Vpc"),
            "TrafficType": "REJECT",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": attribute("FlowLogGroup", "Arn"),
            "DeliverLogsPermissionArn": attribute("FlowLogRole", "Arn"),
        }),
    );
    template.resources.add("FlowLog", log.tagged(tags));
}

fn role(tags: &Tags) -> Resource {
    let trust = trust::service_of_account(&Place::of_stack("", ""), "vpc-flow-logs.amazonaws.com");
    let role = Resource::new(
        "AWS::IAM::Role",
        "Role with which the network writes its record",
        json!({
            // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
            "AssumeRolePolicyDocument": trust,
            "Policies": [{
                "PolicyName": "write-flow-log",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                        "Resource": attribute("FlowLogGroup", "Arn"),
                    }],
                },
            }],
        }),
    );
    role.tagged(tags)
}
