"""IAM: roles, policies, instance profiles and providers of identities."""

from __future__ import annotations

import json
from typing import Any

from ..lab import random_text
from . import Context, Kind, Made, changes_tags, kind


@kind(
    "AWS::IAM::Role",
    "*AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path! PermissionsBoundary Policies "
    "RoleName! Tags",
)
class Role(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        iam = context.client("iam")
        tags = context.tags(properties)
        name = properties.get("RoleName") or context.name(64)
        taken = ("Description", "Path", "PermissionsBoundary")
        wanted: dict[str, Any] = {each: properties[each] for each in taken if each in properties}
        if "MaxSessionDuration" in properties:
            wanted["MaxSessionDuration"] = int(properties["MaxSessionDuration"])
        trust = json.dumps(properties["AssumeRolePolicyDocument"])
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags, **wanted)["Role"]
        self._policies(iam, name, {}, properties)
        return name, {"Arn": made["Arn"], "RoleId": made["RoleId"]}

    def _policies(self, iam: Any, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        after = {each["PolicyName"]: each["PolicyDocument"] for each in new.get("Policies") or []}
        for gone in {each["PolicyName"] for each in old.get("Policies") or []} - after.keys():
            iam.delete_role_policy(RoleName=name, PolicyName=gone)
        for policy, document in after.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        managed = set(new.get("ManagedPolicyArns") or [])
        for arn in set(old.get("ManagedPolicyArns") or []) - managed:
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in managed - set(old.get("ManagedPolicyArns") or []):
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        iam = context.client("iam")
        trust = json.dumps(new["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=physical, PolicyDocument=trust)
        tags, gone = changes_tags(context, old, new)
        if tags:
            iam.tag_role(RoleName=physical, Tags=tags)
        if gone:
            iam.untag_role(RoleName=physical, TagKeys=gone)
        self._policies(iam, physical, old, new)
        iam.update_role(
            RoleName=physical,
            Description=new.get("Description", ""),
            MaxSessionDuration=int(new.get("MaxSessionDuration", 3600)),
        )
        if new.get("PermissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=physical, PermissionsBoundary=new["PermissionsBoundary"])
        elif old.get("PermissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=physical)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        iam = context.client("iam")
        self._policies(iam, physical, properties, {})
        iam.delete_role(RoleName=physical)


@kind("AWS::IAM::Policy", "Groups *PolicyDocument *PolicyName! Roles Users")
class Policy(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        document = json.dumps(properties["PolicyDocument"])
        for role in properties.get("Roles") or []:
            context.client("iam").put_role_policy(
                RoleName=role, PolicyName=properties["PolicyName"], PolicyDocument=document
            )
        made = f"{context.stack[:4]}-{context.logical[:4]}-{random_text(12)}"
        return made, {"Id": made}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        gone = [each for each in old.get("Roles") or [] if each not in (new.get("Roles") or [])]
        self.delete(context, physical, {**old, "Roles": gone})
        self.create(context, new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        for role in properties.get("Roles") or []:
            context.client("iam").delete_role_policy(RoleName=role, PolicyName=properties["PolicyName"])


@kind("AWS::IAM::ManagedPolicy", "Description! ManagedPolicyName! Path! *PolicyDocument Roles")
class ManagedPolicy(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        iam = context.client("iam")
        name = properties.get("ManagedPolicyName") or context.name(128)
        wanted = {each: properties[each] for each in ("Description", "Path") if each in properties}
        document = json.dumps(properties["PolicyDocument"])
        arn = iam.create_policy(PolicyName=name, PolicyDocument=document, **wanted)["Policy"]["Arn"]
        for role in properties.get("Roles") or []:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        return arn, {"PolicyArn": arn}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        iam = context.client("iam")
        before = iam.get_policy(PolicyArn=physical)["Policy"]["DefaultVersionId"]
        document = json.dumps(new["PolicyDocument"])
        iam.create_policy_version(PolicyArn=physical, PolicyDocument=document, SetAsDefault=True)
        iam.delete_policy_version(PolicyArn=physical, VersionId=before)
        for role in set(new.get("Roles") or []) - set(old.get("Roles") or []):
            iam.attach_role_policy(RoleName=role, PolicyArn=physical)
        for role in set(old.get("Roles") or []) - set(new.get("Roles") or []):
            iam.detach_role_policy(RoleName=role, PolicyArn=physical)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        iam = context.client("iam")
        for role in properties.get("Roles") or []:
            iam.detach_role_policy(RoleName=role, PolicyArn=physical)
        iam.delete_policy(PolicyArn=physical)


@kind("AWS::IAM::InstanceProfile", "InstanceProfileName! Path! *Roles")
class InstanceProfile(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        iam = context.client("iam")
        name = properties.get("InstanceProfileName") or context.name(128)
        path = {"Path": properties["Path"]} if "Path" in properties else {}
        made = iam.create_instance_profile(InstanceProfileName=name, **path)["InstanceProfile"]
        for role in properties["Roles"]:
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        return name, {"Arn": made["Arn"]}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        iam = context.client("iam")
        for role in properties["Roles"]:
            iam.remove_role_from_instance_profile(InstanceProfileName=physical, RoleName=role)
        iam.delete_instance_profile(InstanceProfileName=physical)


@kind("AWS::IAM::OIDCProvider", "ClientIdList Tags ThumbprintList Url!")
class Provider(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.tags(properties)
        made = context.client("iam").create_open_id_connect_provider(
            Url=properties["Url"],
            ClientIDList=properties.get("ClientIdList") or [],
            ThumbprintList=properties.get("ThumbprintList") or [],
            Tags=tags,
        )["OpenIDConnectProviderArn"]
        return made, {"Arn": made}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=physical)
