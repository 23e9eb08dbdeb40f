"""Launch templates."""

from __future__ import annotations

from typing import Any

from ..lab import random_text
from . import Context, Kind, Made, kind

TRUTHS = {"AssociatePublicIpAddress", "DeleteOnTermination", "Encrypted", "EbsOptimized", "Enabled"}
NUMBERS = {"DeviceIndex", "HttpPutResponseHopLimit", "Iops", "Throughput", "VolumeSize"}


def typed(value: Any, name: str = "") -> Any:
    """The data with texts turned into what EC2's interface has."""
    if isinstance(value, dict):
        return {key: typed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    if name in TRUTHS:
        return str(value).lower() == "true"
    if name in NUMBERS:
        return int(value)
    return value


@kind("AWS::EC2::LaunchTemplate", "*LaunchTemplateData LaunchTemplateName! TagSpecifications! VersionDescription")
class LaunchTemplate(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = properties.get("LaunchTemplateName") or f"{context.logical}_{random_text(12)}"
        own = {
            each["Key"]: each for found in properties.get("TagSpecifications") or [] for each in found.get("Tags") or []
        }
        tags = list(({each["Key"]: each for each in context.stack_tags} | own).values())
        specification = [{"ResourceType": "launch-template", "Tags": tags}] if tags else []
        made = context.client("ec2").create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=typed(properties["LaunchTemplateData"]),
            TagSpecifications=specification,
        )["LaunchTemplate"]
        return made["LaunchTemplateId"], {
            "LaunchTemplateId": made["LaunchTemplateId"],
            "LatestVersionNumber": "1",
            "DefaultVersionNumber": "1",
        }

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        if old["LaunchTemplateData"] == new["LaunchTemplateData"]:
            return None
        made = context.client("ec2").create_launch_template_version(
            LaunchTemplateId=physical, LaunchTemplateData=typed(new["LaunchTemplateData"])
        )["LaunchTemplateVersion"]
        return {"LatestVersionNumber": str(made["VersionNumber"])}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_launch_template(LaunchTemplateId=physical)
