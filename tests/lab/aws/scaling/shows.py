"""Auto Scaling's operations that only show: groups, instances and tags."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..front import handles
from .model import Group, groups


def _describe(group: Group) -> dict[str, Any]:
    zones = sorted({each.zone for each in group.members})
    found: dict[str, Any] = {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "LaunchTemplate": group.launch_template,
        "MinSize": group.minimum,
        "MaxSize": group.maximum,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": group.cooldown,
        "AvailabilityZones": zones,
        "LoadBalancerNames": [],
        "TargetGroupARNs": group.targets,
        "HealthCheckType": group.health_check,
        "HealthCheckGracePeriod": group.grace,
        "Instances": [
            {
                "InstanceId": each.id,
                "InstanceType": each.type,
                "AvailabilityZone": each.zone,
                "LifecycleState": each.state,
                "HealthStatus": each.health,
                "LaunchTemplate": each.template,
                "ProtectedFromScaleIn": each.protected,
            }
            for each in group.members
        ],
        "CreatedTime": group.created,
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": why} for name, why in group.suspended.items()],
        "VPCZoneIdentifier": ",".join(group.subnets),
        "EnabledMetrics": [{"Metric": each, "Granularity": "1Minute"} for each in group.metrics],
        "Tags": group.tags,
        "TerminationPolicies": group.policies,
        "NewInstancesProtectedFromScaleIn": False,
        "TrafficSources": [{"Identifier": each, "Type": "elbv2"} for each in group.targets],
    }
    if group.deleting:
        found["Status"] = "Delete in progress"
    return found


@handles("autoscaling", "DescribeAutoScalingGroups")
def describe_groups(call: Call) -> dict[str, Any]:
    names = call.params.get("AutoScalingGroupNames") or []
    found = [each for each in groups.of(call.region) if not names or each.name in names]
    for each in call.params.get("Filters") or []:
        key = each["Name"].partition(":")[2]
        if each["Name"].startswith("tag:"):
            found = [g for g in found if any(t["Key"] == key and t["Value"] in each["Values"] for t in g.tags)]
        elif each["Name"] == "tag-key":
            found = [g for g in found if any(t["Key"] in each["Values"] for t in g.tags)]
    size = int(call.params.get("MaxRecords") or 50)
    start = int(call.params.get("NextToken") or 0)
    with groups.lock:
        result: dict[str, Any] = {"AutoScalingGroups": [_describe(each) for each in found[start : start + size]]}
    if start + size < len(found):
        result["NextToken"] = str(start + size)
    return result


@handles("autoscaling", "DescribeAutoScalingInstances")
def describe_instances(call: Call) -> dict[str, Any]:
    wanted = call.params.get("InstanceIds") or []
    shown = []
    for group in groups.of(call.region):
        members = [each for each in group.members if not wanted or each.id in wanted]
        shown += [
            {
                "InstanceId": each.id,
                "InstanceType": each.type,
                "AutoScalingGroupName": group.name,
                "AvailabilityZone": each.zone,
                "LifecycleState": each.state,
                "HealthStatus": each.health.upper(),
                "LaunchTemplate": each.template,
                "ProtectedFromScaleIn": each.protected,
            }
            for each in members
        ]
    return {"AutoScalingInstances": shown}


@handles("autoscaling", "DescribeTags")
def describe_tags(call: Call) -> dict[str, Any]:
    found = [tag for group in groups.of(call.region) for tag in group.tags]
    for each in call.params.get("Filters") or []:
        field = {"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value"}.get(each["Name"], "Key")
        found = [tag for tag in found if tag[field] in each["Values"]]
    return {"Tags": found}
