//! The alarm: somebody knocks at doors that are closed to them.

use serde_json::json;

use crate::template::functions::{attribute, reference};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

const METRIC: &str = "AuthenticationFailures";

/// A console sign-in that failed, or a call with credentials that are not good for it: rules 4.1 and 4.6 of the CIS AWS
/// Foundations Benchmark.
const FAILURES: &str = r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.errorCode = "InvalidClientTokenId") || ($.errorCode = "SignatureDoesNotMatch") || (($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication")) }"#;

pub(super) fn add(template: &mut Template, tags: &Tags) {
    let topic = Resource::new(
        "AWS::SNS::Topic",
        "Topic that tells its subscribers of alarms",
        json!({ "KmsMasterKeyId": attribute("Key", "Arn") }),
    );
    template.resources.add("AlarmTopic", topic.tagged(tags));
    let namespace = reference("AWS::StackName");
    let filter = Resource::new(
        "AWS::Logs::MetricFilter",
        "Counts failed sign-ins and denied calls in the audit trail",
        json!({
            "LogGroupName": reference("TrailLogGroup"),
            "FilterPattern": FAILURES,
            "MetricTransformations": [{
                "MetricName": METRIC,
                "MetricNamespace": namespace,
                "MetricValue": "1",
                "DefaultValue": 0,
            }],
        }),
    );
    template.resources.add("AuthenticationFailures", filter);
    let alarm = Resource::new(
        "AWS::CloudWatch::Alarm",
        "Alarm when sign-ins fail or calls are denied more than a few times in five minutes",
        json!({
            "AlarmDescription": "Failed sign-ins or denied calls in this account; the audit trail's log group says whose.",
            "MetricName": METRIC,
            "Namespace": namespace,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [reference("AlarmTopic")],
        }),
    );
    template.resources.add("AuthenticationAlarm", alarm.tagged(tags).after("AuthenticationFailures"));
}
