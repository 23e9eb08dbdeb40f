"""Starts and ends the instances of a group in EC2, as its launch template says."""

from __future__ import annotations

import fnmatch
from typing import Any

from botocore.exceptions import ClientError

from ..clients import client
from ..lab import lab
from .model import Group, Member

# What Auto Scaling says when EC2 has no more.
REASONS = {
    "InsufficientInstanceCapacity": (
        "We currently do not have sufficient {type} capacity in the Availability Zone you requested ({zone}). Our "
        "system will be working on provisioning additional capacity. You can currently get {type} capacity by not "
        "specifying an Availability Zone in your request. Launching EC2 instance failed."
    ),
    "InvalidAMIID.NotFound": "The image id '[{image}]' does not exist. Launching EC2 instance failed.",
    "VcpuLimitExceeded": (
        "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that "
        "the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request "
        "an adjustment to this limit. Launching EC2 instance failed."
    ),
    "Unsupported": (
        "Your requested instance type ({type}) is not supported in your requested Availability Zone ({zone}). "
        "Launching EC2 instance failed."
    ),
}
# What RunInstances takes from a launch template as it is.
TAKEN = (
    "BlockDeviceMappings",
    "EbsOptimized",
    "ImageId",
    "InstanceType",
    "KeyName",
    "Monitoring",
    "UserData",
)


class LaunchFailed(Exception):
    """EC2 gave no instance."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def template_data(group: Group) -> tuple[dict[str, Any], dict[str, str]]:
    """The data of the group's launch template, and how the group's instances name it."""
    wanted = group.launch_template
    by = (
        {"LaunchTemplateId": wanted["LaunchTemplateId"]}
        if wanted.get("LaunchTemplateId")
        else {"LaunchTemplateName": wanted["LaunchTemplateName"]}
    )
    version = wanted.get("Version") or "$Default"
    try:
        found = client("ec2", group.region).describe_launch_template_versions(Versions=[version], **by)
    except ClientError as error:
        raise LaunchFailed(f"{error.response['Error']['Message']} Launching EC2 instance failed.") from error
    if not found["LaunchTemplateVersions"]:
        raise LaunchFailed("The launch template version does not exist. Launching EC2 instance failed.")
    each = found["LaunchTemplateVersions"][0]
    named = {
        "LaunchTemplateId": each["LaunchTemplateId"],
        "LaunchTemplateName": each["LaunchTemplateName"],
        "Version": str(each["VersionNumber"]),
    }
    return each["LaunchTemplateData"], named


def launch(group: Group, subnet: str) -> Member:
    """One instance in a subnet."""
    ec2 = client("ec2", group.region)
    data, named = template_data(group)
    try:
        zone = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]
        _fail_as_told(group, data, zone)
        images = ec2.describe_images(ImageIds=[data["ImageId"]])["Images"]
        if not images:
            raise LaunchFailed(REASONS["InvalidAMIID.NotFound"].format(image=data["ImageId"]))
        made = ec2.run_instances(MinCount=1, MaxCount=1, **_request(group, data, subnet))["Instances"][0]
    except ClientError as error:
        raise LaunchFailed(f"{error.response['Error']['Message']} Launching EC2 instance failed.") from error
    member = Member(made["InstanceId"], zone, data.get("InstanceType", "m1.small"), named)
    return member


def _fail_as_told(group: Group, data: dict[str, Any], zone: str) -> None:
    with lab.lock:
        for fault in lab.launch_faults:
            if fault["count"] == 0 or not fnmatch.fnmatchcase(group.name, fault["group"]):
                continue
            fault["count"] -= 1 if fault["count"] > 0 else 0
            text = fault.get("reason") or REASONS.get(fault["code"], f"{fault['code']}. Launching EC2 instance failed.")
            raise LaunchFailed(text.format(type=data.get("InstanceType", ""), zone=zone, image=data.get("ImageId", "")))


def _request(group: Group, data: dict[str, Any], subnet: str) -> dict[str, Any]:
    request = {name: data[name] for name in TAKEN if name in data}
    profile = data.get("IamInstanceProfile")
    if profile:
        request["IamInstanceProfile"] = {key: value for key, value in profile.items() if key in ("Arn", "Name")}
    options = data.get("MetadataOptions")
    if options:
        request["MetadataOptions"] = {key: value for key, value in options.items() if key != "State"}
    networks = data.get("NetworkInterfaces") or []
    if networks:
        first = networks[0]
        interface: dict[str, Any] = {"DeviceIndex": 0, "SubnetId": subnet}
        interface["AssociatePublicIpAddress"] = bool(first.get("AssociatePublicIpAddress", False))
        if first.get("Groups"):
            interface["Groups"] = first["Groups"]
        request["NetworkInterfaces"] = [interface]
    else:
        request["SubnetId"] = subnet
        if data.get("SecurityGroupIds"):
            request["SecurityGroupIds"] = data["SecurityGroupIds"]
    tags: dict[str, dict[str, str]] = {}
    for each in data.get("TagSpecifications") or []:
        tags.setdefault(each["ResourceType"], {}).update({tag["Key"]: tag["Value"] for tag in each["Tags"]})
    own = tags.setdefault("instance", {})
    own.update({each["Key"]: each["Value"] for each in group.tags if each["PropagateAtLaunch"]})
    own["aws:autoscaling:groupName"] = group.name
    request["TagSpecifications"] = [
        {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in each.items()]}
        for kind, each in tags.items()
        if kind in ("instance", "volume")
    ]
    if "UserData" in request:
        import base64

        # The client encodes it once more.
        request["UserData"] = base64.b64decode(request["UserData"])
    return request


def play(group: Group, member: Member) -> None:
    """Lets a stand-in or a machine play the instance."""
    from ..machine.world import world
    from ..standin import standin

    data, _ = template_data(group)
    member.player = world.start(group, member, data) if world else standin.start(group, member, data)


def terminate(group: Group, member: Member) -> None:
    """Ends an instance in EC2."""
    try:
        client("ec2", group.region).terminate_instances(InstanceIds=[member.id])
    except ClientError:
        return
