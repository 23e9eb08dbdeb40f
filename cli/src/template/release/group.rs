//! The group of instances: it is there when each of them has signalled, and each launch and end waits for the agent.

use serde_json::{Value, json};

use super::{GROUP, LAUNCH_HOOK, ReleaseInput, TERMINATE_HOOK};
use crate::template::functions::{attribute, either, reference};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// What a lifecycle hook allows, in seconds:
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>.
const HEARTBEAT: std::ops::RangeInclusive<u32> = 30..=7200;

pub(super) fn add(template: &mut Template, input: &ReleaseInput, tags: &Tags) {
    let health = if input.balanced { "ELB" } else { "EC2" };
    let group = Resource::new(
        "AWS::AutoScaling::AutoScalingGroup",
        format!("Instances of {}; each signals once its containers are healthy", input.release),
        json!({
            "LaunchTemplate": {
                "LaunchTemplateId": reference("LaunchTemplate"),
                "Version": attribute("LaunchTemplate", "LatestVersionNumber"),
            },
            "VPCZoneIdentifier": reference("ApplicationSubnets"),
            // A stack update sets these again, whatever the scheduled action has made of them: that is how a release
            // comes back from standby.
            // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
            "MinSize": reference("InstanceCount"),
            "MaxSize": reference("InstanceCount"),
            "DesiredCapacity": reference("InstanceCount"),
            "HealthCheckType": health,
            "HealthCheckGracePeriod": input.ready_within.0,
            "LifecycleHookSpecificationList": hooks(input),
            "MetricsCollection": [{ "Granularity": "1Minute" }],
            "Tags": tags.propagated(),
        }),
    );
    let group = if input.balanced { group.with("TargetGroupARNs", targets()) } else { group };
    let timeout = format!("PT{}S", input.ready_within.0);
    template.resources.add(GROUP, group.signalled(&reference("InstanceCount"), &timeout));
    template.resources.add("StandbyEnd", standby_end());
}

fn targets() -> Value {
    either("IsInRotation", &json!([reference("TargetGroupArn")]), &json!([]))
}

/// The hooks are part of the group, because hooks of their own would come after the first instances.
fn hooks(input: &ReleaseInput) -> Value {
    let hook = |name: &str, transition: &str, result: &str, seconds: u32| {
        json!({
            "LifecycleHookName": name,
            "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
            "DefaultResult": result,
            "HeartbeatTimeout": seconds.clamp(*HEARTBEAT.start(), *HEARTBEAT.end()),
        })
    };
    json!([
        // Whoever never became ready never serves.
        hook(LAUNCH_HOOK, "LAUNCHING", "ABANDON", input.ready_within.0),
        // Whoever cannot drain goes all the same.
        hook(TERMINATE_HOOK, "TERMINATING", "CONTINUE", input.drained_within.0),
    ])
}

fn standby_end() -> Resource {
    let action = Resource::new(
        "AWS::AutoScaling::ScheduledAction",
        "End of standby: the instances go, the release stays",
        json!({
            "AutoScalingGroupName": reference(GROUP),
            "StartTime": reference("StandbyUntil"),
            "MinSize": 0,
            "DesiredCapacity": 0,
        }),
    );
    action.only_if("HasStandbyEnd")
}
