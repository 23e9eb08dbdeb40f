"""KMS keys and their aliases."""

from __future__ import annotations

import json
from typing import Any

from . import Context, Kind, Made, changes_tags, kind


def _kms_tags(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in tags]


@kind(
    "AWS::KMS::Key",
    "Description Enabled EnableKeyRotation KeyPolicy KeySpec! KeyUsage! MultiRegion! PendingWindowInDays "
    "RotationPeriodInDays Tags",
)
class Key(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        kms = context.client("kms")
        wanted: dict[str, Any] = {"Description": properties.get("Description", "")}
        if "KeyPolicy" in properties:
            wanted["Policy"] = json.dumps(properties["KeyPolicy"])
        tags = context.tags(properties)
        made = kms.create_key(**wanted, Tags=_kms_tags(tags))["KeyMetadata"]
        self._rotate(kms, made["KeyId"], properties)
        return made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]}

    def _rotate(self, kms: Any, key: str, properties: dict[str, Any]) -> None:
        if str(properties.get("EnableKeyRotation", "")).lower() == "true":
            kms.enable_key_rotation(KeyId=key)
        else:
            kms.disable_key_rotation(KeyId=key)

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        kms = context.client("kms")
        if old.get("KeyPolicy") != new.get("KeyPolicy"):
            kms.put_key_policy(KeyId=physical, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
        if old.get("Description") != new.get("Description"):
            kms.update_key_description(KeyId=physical, Description=new.get("Description", ""))
        self._rotate(kms, physical, new)
        tags, gone = changes_tags(context, old, new)
        if tags:
            kms.tag_resource(KeyId=physical, Tags=_kms_tags(tags))
        if gone:
            kms.untag_resource(KeyId=physical, TagKeys=gone)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        days = int(properties.get("PendingWindowInDays", 30))
        context.client("kms").schedule_key_deletion(KeyId=physical, PendingWindowInDays=days)


@kind("AWS::KMS::Alias", "*AliasName! *TargetKeyId")
class Alias(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        context.client("kms").create_alias(**properties)
        return properties["AliasName"], {}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        context.client("kms").update_alias(**new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("kms").delete_alias(AliasName=physical)
