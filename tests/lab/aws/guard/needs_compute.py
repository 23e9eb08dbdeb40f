"""What calls of Auto Scaling and EC2 need to be allowed."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..lab import ACCOUNT, PARTITION

Need = tuple[str, str, dict[str, list[str]]]


def _arn(call: Call, service: str, rest: str) -> str:
    return f"arn:{PARTITION}:{service}:{call.region}:{ACCOUNT}:{rest}"


def scaling(call: Call) -> list[Need]:
    """Everything that must be allowed for a call of Auto Scaling."""
    from ..scaling.model import groups
    from .needs import request_tags, resource_tags

    action, params = f"autoscaling:{call.operation}", call.params
    if call.operation.startswith("Describe"):
        return [(action, "*", {})]
    name = params.get("AutoScalingGroupName")
    if not name and params.get("Tags"):
        name = params["Tags"][0].get("ResourceId")
    holder = groups.holder(params.get("InstanceId", ""), call.region) if not name else None
    group = groups.find(name, call.region) if name else holder[0] if holder else None
    resource = group.arn if group else _arn(call, "autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}")
    tags = {each["Key"]: each["Value"] for each in (group.tags if group else [])}
    more = request_tags(params.get("Tags") or []) | resource_tags(tags)
    found: list[Need] = [(action, resource, more)]
    if params.get("LaunchTemplate") and call.operation in ("CreateAutoScalingGroup", "UpdateAutoScalingGroup"):
        found += _launches(call, params["LaunchTemplate"], params.get("VPCZoneIdentifier", ""))
    return found


def _launches(call: Call, template: dict[str, str], subnets: str) -> list[Need]:
    """Who makes a group must be allowed to launch what its template says."""
    data = template_data(call.region, template)
    if data is None:
        return []
    options = data.get("MetadataOptions") or {}
    more = {"ec2:metadatahttptokens": [options["HttpTokens"]]} if options.get("HttpTokens") else {}
    found: list[Need] = [("ec2:RunInstances", _arn(call, "ec2", "instance/*"), more)]
    used = ["network-interface/*", "volume/*", f"launch-template/{template.get('LaunchTemplateId', '*')}"]
    used += [f"subnet/{each}" for each in subnets.split(",") if each]
    for interface in data.get("NetworkInterfaces") or []:
        used += [f"security-group/{each}" for each in interface.get("Groups") or []]
    if data.get("KeyName"):
        used.append(f"key-pair/{data['KeyName']}")
    found += [("ec2:RunInstances", _arn(call, "ec2", each), {}) for each in used]
    image = f"arn:{PARTITION}:ec2:{call.region}::image/{data.get('ImageId', '*')}"
    found.append(("ec2:RunInstances", image, {}))
    for each in data.get("TagSpecifications") or []:
        creates = {"ec2:createaction": ["RunInstances"]}
        found.append(("ec2:CreateTags", _arn(call, "ec2", f"{each['ResourceType']}/*"), creates))
    profile = data.get("IamInstanceProfile") or {}
    for role in _profile_roles(profile):
        found.append(("iam:PassRole", role, {"iam:passedtoservice": ["ec2.amazonaws.com"]}))
    return found


def template_data(region: str, template: dict[str, str]) -> dict[str, Any] | None:
    """The data of a launch template, as moto has it."""
    from moto.ec2.models import ec2_backends

    known = ec2_backends[ACCOUNT][region].launch_templates
    found = known.get(template.get("LaunchTemplateId", ""))
    if found is None:
        return None
    version = template.get("Version") or "$Default"
    each = found.get_version(
        found.latest_version_number
        if version == "$Latest"
        else found.default_version_number
        if version == "$Default"
        else int(version)
    )
    data: dict[str, Any] = each.data
    return data


def _profile_roles(profile: dict[str, str]) -> list[str]:
    from moto.iam.models import iam_backends

    name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
    for each in iam_backends[ACCOUNT][PARTITION].instance_profiles.values():
        if each.name == name:
            return [role.arn for role in each.roles]
    return []


def instance_tags(instance: str, region: str) -> dict[str, str]:
    """The tags of an instance."""
    from moto.ec2.models import ec2_backends

    return dict(ec2_backends[ACCOUNT][region].tags.get(instance) or {})


def machines(call: Call) -> list[Need]:
    """Everything that must be allowed for a call of EC2."""
    from .needs import request_tags, resource_tags

    action = f"ec2:{call.operation}"
    if call.operation.startswith(("Describe", "Get")) and call.operation != "GetConsoleOutput":
        return [(action, "*", {})]
    form, region = call.form, call.region
    if call.operation == "CreateLaunchTemplate":
        tags = [tag for each in call.params.get("TagSpecifications") or [] for tag in each.get("Tags") or []]
        resource = _arn(call, "ec2", "launch-template/*")
        found: list[Need] = [(action, resource, request_tags(tags))]
        if tags:
            found.append(("ec2:CreateTags", resource, {"ec2:createaction": [call.operation]}))
        return found
    if "LaunchTemplateId" in form:
        tags_of = instance_tags(form["LaunchTemplateId"], region)
        return [(action, _arn(call, "ec2", f"launch-template/{form['LaunchTemplateId']}"), resource_tags(tags_of))]
    instances = [value for name, value in form.items() if name.startswith("InstanceId")]
    if instances:
        return [
            (action, _arn(call, "ec2", f"instance/{each}"), resource_tags(instance_tags(each, region)))
            for each in instances
        ]
    return [(action, "*", {})]
