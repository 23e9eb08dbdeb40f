"""Auto Scaling's operations on what a group has besides instances: hooks, health, plans, targets, processes."""

from __future__ import annotations

from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..lab import lab, now
from . import engine, health
from .model import Group, groups

PROCESSES = [
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
]
METRICS = [
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
]


def refuse(message: str) -> ApiError:
    """Auto Scaling's answer to a wrong request."""
    return ApiError("ValidationError", message)


def _group(call: Call) -> Group:
    return groups.get(call.params["AutoScalingGroupName"], call.region)


@handles("autoscaling", "SetInstanceHealth")
def set_instance_health(call: Call) -> dict[str, Any]:
    params = call.params
    with groups.lock:
        found = groups.holder(params["InstanceId"], call.region)
        if found is None:
            raise refuse(f"Instance Id not found - No managed instance found for instance ID: {params['InstanceId']}")
        group, member = found
        respects = params.get("ShouldRespectGracePeriod", True) not in (False, "false")
        if respects and now() < member.served + lab.scaled(group.grace) and params["HealthStatus"] == "Unhealthy":
            return {}
        member.health = params["HealthStatus"]
    groups.changed.set()
    return {}


@handles("autoscaling", "TerminateInstanceInAutoScalingGroup")
def terminate_instance(call: Call) -> dict[str, Any]:
    params = call.params
    with groups.lock:
        found = groups.holder(params["InstanceId"], call.region)
        if found is None:
            raise refuse(f"Instance Id not found - No managed instance found for instance ID: {params['InstanceId']}")
        group, member = found
        if params.get("ShouldDecrementDesiredCapacity") in (True, "true"):
            if group.desired - 1 < group.minimum:
                raise refuse(
                    "Currently, desiredSize equals minSize. Terminating instance without replacement will "
                    "violate group's min size constraint."
                )
            group.desired -= 1
        engine.terminate(group, member, "an instance was taken out of service in response to a user request.")
    groups.changed.set()
    return {}


@handles("autoscaling", "DescribeScalingActivities")
def describe_scaling_activities(call: Call) -> dict[str, Any]:
    name = call.params.get("AutoScalingGroupName")
    found = [groups.get(name, call.region)] if name else groups.of(call.region)
    shown = []
    for group in found:
        for each in group.activities:
            activity: dict[str, Any] = {
                "ActivityId": each.id,
                "AutoScalingGroupName": group.name,
                "AutoScalingGroupARN": group.arn,
                "Description": each.description,
                "Cause": each.cause,
                "StartTime": each.started,
                "StatusCode": each.status,
                "Progress": each.progress,
                "Details": each.details,
            }
            if each.ended:
                activity["EndTime"] = each.ended
            if each.message:
                activity["StatusMessage"] = each.message
            shown.append(activity)
    size, start = int(call.params.get("MaxRecords") or 100), int(call.params.get("NextToken") or 0)
    more = {"NextToken": str(start + size)} if start + size < len(shown) else {}
    return {"Activities": shown[start : start + size], **more}


@handles("autoscaling", "PutScheduledUpdateGroupAction")
def put_scheduled_action(call: Call) -> dict[str, Any]:
    params = dict(call.params)
    with groups.lock:
        group = _group(call)
        start = params.get("StartTime")
        if start is not None and start.timestamp() <= now():
            raise refuse("Given start time is in the past.")
        keys = ("StartTime", "EndTime", "Recurrence", "TimeZone", "MinSize", "MaxSize", "DesiredCapacity")
        action = {key: params[key] for key in keys if params.get(key) is not None}
        group.scheduled[params["ScheduledActionName"]] = action
    return {}


@handles("autoscaling", "DeleteScheduledAction")
def delete_scheduled_action(call: Call) -> dict[str, Any]:
    with groups.lock:
        if _group(call).scheduled.pop(call.params["ScheduledActionName"], None) is None:
            # CloudFormation deletes what already ran; Auto Scaling calls that not found.
            raise refuse("Scheduled action name not found - DoesNotExist")
    return {}


@handles("autoscaling", "DescribeScheduledActions")
def describe_scheduled_actions(call: Call) -> dict[str, Any]:
    name = call.params.get("AutoScalingGroupName")
    wanted = call.params.get("ScheduledActionNames") or []
    shown = []
    for group in groups.of(call.region):
        if name and group.name != name:
            continue
        for each, action in group.scheduled.items():
            if not wanted or each in wanted:
                shown.append({"AutoScalingGroupName": group.name, "ScheduledActionName": each, **action})
    return {"ScheduledUpdateGroupActions": shown}


@handles("autoscaling", "AttachLoadBalancerTargetGroups", "DetachLoadBalancerTargetGroups")
def target_groups(call: Call) -> dict[str, Any]:
    with groups.lock:
        group = _group(call)
        for arn in call.params["TargetGroupARNs"]:
            serving = [each for each in group.members if each.state == "InService"]
            if call.operation.startswith("Attach"):
                health._group(arn, call.region)
                if arn not in group.targets:
                    group.targets.append(arn)
                for each in serving:
                    health.register(arn, each.id)
            elif arn in group.targets:
                group.targets.remove(arn)
                for each in serving:
                    health.deregister(arn, each.id)
    return {}


@handles("autoscaling", "DescribeLoadBalancerTargetGroups")
def describe_target_groups(call: Call) -> dict[str, Any]:
    group = _group(call)
    return {
        "LoadBalancerTargetGroups": [
            {"LoadBalancerTargetGroupARN": each, "State": "InService"} for each in group.targets
        ]
    }


@handles("autoscaling", "SuspendProcesses", "ResumeProcesses")
def processes(call: Call) -> dict[str, Any]:
    with groups.lock:
        group = _group(call)
        for name in call.params.get("ScalingProcesses") or PROCESSES:
            if call.operation == "SuspendProcesses":
                group.suspended[name] = "User suspended at the test's wish"
            else:
                group.suspended.pop(name, None)
    groups.changed.set()
    return {}


@handles("autoscaling", "EnableMetricsCollection", "DisableMetricsCollection")
def metrics(call: Call) -> dict[str, Any]:
    wanted = call.params.get("Metrics") or METRICS
    with groups.lock:
        group = _group(call)
        group.metrics = [each for each in group.metrics if each not in wanted]
        if call.operation == "EnableMetricsCollection":
            group.metrics += wanted
    return {}
