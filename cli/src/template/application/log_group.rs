//! The log group that the containers' logs go to.

use serde_json::json;

use super::ApplicationInput;
use crate::template::functions::{equals, reference};
use crate::template::model::{Parameter, Template};
use crate::template::resource::Resource;
use crate::template::tags::Tags;

const KEPT_DAYS: u32 = 365;

pub(super) fn add(template: &mut Template, input: &ApplicationInput, tags: &Tags) {
    // The group outlives the application, and its name is in policies: an application of that name that is made again
    // finds it there, and CloudFormation would refuse to make another.
    let kept = "Whether the log group must be made; `false` when one of an earlier application of this name was kept.";
    template.parameters.add("NewLogGroup", Parameter::flag(kept, true));
    template.conditions.add("IsNewLogGroup", equals(&reference("NewLogGroup"), "true"));
    let name = input.scope().log_group();
    let group = Resource::new(
        "AWS::Logs::LogGroup",
        "Log group of the containers, encrypted",
        json!({ "LogGroupName": name, "KmsKeyId": reference("KeyArn"), "RetentionInDays": KEPT_DAYS }),
    );
    template.resources.add("LogGroup", group.tagged(tags).retained().only_if("IsNewLogGroup"));
    template.output("LogGroup", "Where the containers' logs go.", json!(name));
}
