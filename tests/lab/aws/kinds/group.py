"""Auto Scaling groups and what is planned for them."""

from __future__ import annotations

from typing import Any

from . import Context, Kind, Made, changes_tags, kind


def _group(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that Auto Scaling takes when it makes or changes a group."""
    wanted: dict[str, Any] = {}
    for name in ("DesiredCapacity", "MinSize", "MaxSize", "HealthCheckGracePeriod", "Cooldown"):
        if name in properties:
            wanted[{"Cooldown": "DefaultCooldown"}.get(name, name)] = int(properties[name])
    for name in ("HealthCheckType", "TerminationPolicies", "AvailabilityZones", "LaunchTemplate"):
        if name in properties:
            wanted[name] = properties[name]
    if "LaunchTemplate" in wanted:
        wanted["LaunchTemplate"] = {key: str(value) for key, value in wanted["LaunchTemplate"].items()}
    if "VPCZoneIdentifier" in properties:
        wanted["VPCZoneIdentifier"] = ",".join(properties["VPCZoneIdentifier"])
    return wanted


@kind(
    "AWS::AutoScaling::AutoScalingGroup",
    "AutoScalingGroupName! AvailabilityZones Cooldown DesiredCapacity HealthCheckGracePeriod HealthCheckType "
    "LaunchTemplate LifecycleHookSpecificationList *MaxSize MetricsCollection *MinSize Tags TargetGroupARNs "
    "TerminationPolicies VPCZoneIdentifier?",
)
class Group(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        client = context.client("autoscaling")
        name = properties.get("AutoScalingGroupName") or context.name(255)
        hooks = []
        for each in properties.get("LifecycleHookSpecificationList") or []:
            hook = dict(each)
            if "HeartbeatTimeout" in hook:
                hook["HeartbeatTimeout"] = int(hook["HeartbeatTimeout"])
            hooks.append(hook)
        client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            Tags=self._tags(context, properties),
            TargetGroupARNs=properties.get("TargetGroupARNs") or [],
            LifecycleHookSpecificationList=hooks,
            **_group(properties),
        )
        for each in properties.get("MetricsCollection") or []:
            client.enable_metrics_collection(AutoScalingGroupName=name, **each)
        return name, {}

    def _tags(self, context: Context, properties: dict[str, Any]) -> list[dict[str, Any]]:
        own = {each["Key"]: each for each in properties.get("Tags") or []}
        stack = {each["Key"]: {**each, "PropagateAtLaunch": True} for each in [*context.stack_tags, *_own_tags(context)]}
        found = []
        for each in (stack | own).values():
            truth = str(each["PropagateAtLaunch"]).lower() == "true"
            found.append({"Key": each["Key"], "Value": str(each["Value"]), "PropagateAtLaunch": truth})
        return found

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        client = context.client("autoscaling")
        client.update_auto_scaling_group(AutoScalingGroupName=physical, **_group(new))
        before, after = set(old.get("TargetGroupARNs") or []), set(new.get("TargetGroupARNs") or [])
        if before - after:
            client.detach_load_balancer_target_groups(
                AutoScalingGroupName=physical, TargetGroupARNs=sorted(before - after)
            )
        if after - before:
            client.attach_load_balancer_target_groups(
                AutoScalingGroupName=physical, TargetGroupARNs=sorted(after - before)
            )
        place = {"ResourceId": physical, "ResourceType": "auto-scaling-group"}
        tags = [{**each, **place} for each in self._tags(context, new)]
        if tags:
            client.create_or_update_tags(Tags=tags)
        _, gone = changes_tags(context, {"Tags": old.get("Tags")}, {"Tags": new.get("Tags")})
        if gone:
            client.delete_tags(Tags=[{"Key": key, **place} for key in gone])
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        client = context.client("autoscaling")
        client.update_auto_scaling_group(AutoScalingGroupName=physical, MinSize=0, MaxSize=0, DesiredCapacity=0)

        def is_empty() -> bool:
            found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[physical])["AutoScalingGroups"]
            return not found or not found[0]["Instances"]

        context.until(is_empty)
        client.delete_auto_scaling_group(AutoScalingGroupName=physical, ForceDelete=True)


@kind(
    "AWS::AutoScaling::ScheduledAction",
    "*AutoScalingGroupName! DesiredCapacity EndTime MaxSize MinSize Recurrence StartTime TimeZone",
)
class ScheduledAction(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = context.name(255)
        self._put(context, name, properties)
        return name, {"ScheduledActionName": name}

    def _put(self, context: Context, name: str, properties: dict[str, Any]) -> None:
        wanted = dict(properties)
        for each in ("DesiredCapacity", "MaxSize", "MinSize"):
            if each in wanted:
                wanted[each] = int(wanted[each])
        context.client("autoscaling").put_scheduled_update_group_action(ScheduledActionName=name, **wanted)

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._put(context, physical, new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        client = context.client("autoscaling")
        group = properties["AutoScalingGroupName"]
        found = client.describe_scheduled_actions(AutoScalingGroupName=group, ScheduledActionNames=[physical])
        # What has been done is not planned any more.
        if found["ScheduledUpdateGroupActions"]:
            client.delete_scheduled_action(ScheduledActionName=physical, AutoScalingGroupName=group)


@kind(
    "AWS::AutoScaling::LifecycleHook",
    "*AutoScalingGroupName! DefaultResult HeartbeatTimeout LifecycleHookName! *LifecycleTransition "
    "NotificationMetadata",
)
class LifecycleHook(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = properties.setdefault("LifecycleHookName", context.name(255))
        if "HeartbeatTimeout" in properties:
            properties["HeartbeatTimeout"] = int(properties["HeartbeatTimeout"])
        context.client("autoscaling").put_lifecycle_hook(**properties)
        return name, {}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self.create(context, {**new, "LifecycleHookName": physical})
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("autoscaling").delete_lifecycle_hook(
            LifecycleHookName=physical, AutoScalingGroupName=properties["AutoScalingGroupName"]
        )


def _own_tags(context: Context) -> list[dict[str, str]]:
    """What CloudFormation adds:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-autoscaling-autoscalinggroup-tagproperty.html
    """
    found = {"stack-name": context.stack, "stack-id": context.stack_id, "logical-id": context.logical}
    return [{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in found.items()]
