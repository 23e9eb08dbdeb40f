"""Auto Scaling's operations on groups."""

from __future__ import annotations

from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..lab import lab
from . import engine, health, hooks
from .model import Group, Hook, groups

_started: list[int] = []


def _start() -> None:
    with groups.lock:
        if not _started:
            _started.append(1)
            lab.start(engine.run)
        groups.changed.set()


def refuse(message: str) -> ApiError:
    """Auto Scaling's answer to a wrong request."""
    return ApiError("ValidationError", message)


def _check_sizes(group: Group) -> None:
    if group.minimum > group.maximum:
        raise refuse(
            "Max bound, " + str(group.maximum) + ", must be greater than or equal to min bound, " + str(group.minimum)
        )
    if not group.minimum <= group.desired <= group.maximum:
        raise refuse(
            f"Desired capacity:{group.desired} must be between the specified min size:{group.minimum} and max "
            f"size:{group.maximum}"
        )


def _take(group: Group, params: dict[str, Any]) -> None:
    names = {
        "MinSize": "minimum",
        "MaxSize": "maximum",
        "DesiredCapacity": "desired",
        "HealthCheckGracePeriod": "grace",
        "HealthCheckType": "health_check",
        "DefaultCooldown": "cooldown",
        "TerminationPolicies": "policies",
    }
    for name, attribute in names.items():
        if name in params:
            setattr(group, attribute, params[name])
    if "LaunchTemplate" in params:
        group.launch_template = params["LaunchTemplate"]
    if "VPCZoneIdentifier" in params:
        group.subnets = [each for each in params["VPCZoneIdentifier"].split(",") if each]
    if "DesiredCapacity" not in params:
        group.desired = min(max(group.desired, group.minimum), group.maximum)


@handles("autoscaling", "CreateAutoScalingGroup")
def create_group(call: Call) -> dict[str, Any]:
    params = call.params
    name = params["AutoScalingGroupName"]
    with groups.lock:
        if groups.find(name, call.region):
            raise ApiError(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
            )
        if "LaunchTemplate" not in params:
            raise refuse(
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
                "MixedInstancesPolicy parameter."
            )
        group = Group(name, call.region, params["LaunchTemplate"], [])
        _take(group, params)
        if not group.subnets:
            raise refuse("At least one Availability Zone or VPC Subnet is required.")
        _check_sizes(group)
        group.targets = list(params.get("TargetGroupARNs") or [])
        for target in group.targets:
            _check_target(target)
        for each in params.get("LifecycleHookSpecificationList") or []:
            hook = Hook(each["LifecycleHookName"], each["LifecycleTransition"])
            hook.timeout = int(each.get("HeartbeatTimeout", 3600))
            hook.default = each.get("DefaultResult", "ABANDON")
            hooks.check_hook(hook)
            group.hooks[hook.name] = hook
        group.tags = [_tag(each, name) for each in params.get("Tags") or []]
        group.cause = "a user request created an AutoScalingGroup"
        groups.all.append(group)
    _start()
    return {}


def _check_target(arn: str) -> None:
    try:
        health._group(arn, arn.split(":")[3])
    except (ApiError, IndexError) as error:
        raise refuse("Provided Target Groups may not be valid. Please ensure they exist and try again.") from error


def _tag(tag: dict[str, Any], group: str) -> dict[str, Any]:
    found = {"Key": tag["Key"], "Value": tag.get("Value", "")}
    found["PropagateAtLaunch"] = tag.get("PropagateAtLaunch", False) in (True, "true")
    return found | {"ResourceId": group, "ResourceType": "auto-scaling-group"}


@handles("autoscaling", "UpdateAutoScalingGroup")
def update_group(call: Call) -> dict[str, Any]:
    with groups.lock:
        group = groups.get(call.params["AutoScalingGroupName"], call.region)
        if group.deleting:
            raise ApiError("ScalingActivityInProgress", "AutoScalingGroup is being deleted")
        before = dict(group.__dict__)
        _take(group, call.params)
        try:
            _check_sizes(group)
        except ApiError:
            group.__dict__.update(before)
            raise
        group.cause = (
            "a user request update of AutoScalingGroup constraints to "
            f"min: {group.minimum}, max: {group.maximum}, desired: {group.desired}"
        )
    _start()
    return {}


@handles("autoscaling", "SetDesiredCapacity")
def set_desired_capacity(call: Call) -> dict[str, Any]:
    with groups.lock:
        group = groups.get(call.params["AutoScalingGroupName"], call.region)
        wanted = int(call.params["DesiredCapacity"])
        if not group.minimum <= wanted <= group.maximum:
            bound = "below min value" if wanted < group.minimum else "above max value"
            limit = group.minimum if wanted < group.minimum else group.maximum
            raise refuse(f"New SetDesiredCapacity value {wanted} is {bound} {limit} for the AutoScalingGroup.")
        group.desired, group.cause = wanted, "a user request explicitly set group desired capacity"
    _start()
    return {}


@handles("autoscaling", "DeleteAutoScalingGroup")
def delete_group(call: Call) -> dict[str, Any]:
    with groups.lock:
        group = groups.get(call.params["AutoScalingGroupName"], call.region)
        forced = call.params.get("ForceDelete") in (True, "true")
        if group.members and not forced:
            raise ApiError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending "
                "Spot instance request(s) still in the group.",
            )
        group.deleting, group.desired, group.minimum, group.maximum = True, 0, 0, 0

    def remove() -> None:
        engine.wait_until_gone(group)
        with groups.lock:
            if group in groups.all:
                groups.all.remove(group)

    if group.members:
        lab.start(remove)
    else:
        remove()
    groups.changed.set()
    return {}


@handles("autoscaling", "CreateOrUpdateTags", "DeleteTags")
def tags(call: Call) -> dict[str, Any]:
    with groups.lock:
        for each in call.params["Tags"]:
            group = groups.get(each["ResourceId"], call.region)
            group.tags = [tag for tag in group.tags if tag["Key"] != each["Key"]]
            if call.operation == "CreateOrUpdateTags":
                group.tags.append(_tag(each, group.name))
    return {}
