"""Security groups and their rules."""

from __future__ import annotations

from typing import Any

from . import Context, Kind, Made, kind
from .network import Ec2Kind

ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _permission(rule: dict[str, Any]) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if name in rule:
            permission[name] = int(rule[name])
    why = {"Description": rule["Description"]} if "Description" in rule else {}
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **why}]
    if "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **why}]
    if "SourcePrefixListId" in rule or "DestinationPrefixListId" in rule:
        found = rule.get("SourcePrefixListId") or rule["DestinationPrefixListId"]
        permission["PrefixListIds"] = [{"PrefixListId": found, **why}]
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **why}]
    return permission


@kind("AWS::EC2::SecurityGroup", "*GroupDescription! GroupName! SecurityGroupEgress SecurityGroupIngress Tags VpcId!")
class SecurityGroup(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        ec2 = context.client("ec2")
        tags = context.specification("security-group", properties)
        name = properties.get("GroupName") or context.name(255)
        place = {"VpcId": properties["VpcId"]} if "VpcId" in properties else {}
        made = ec2.create_security_group(GroupName=name, Description=properties["GroupDescription"], **place, **tags)[
            "GroupId"
        ]
        self._rules(ec2, made, {}, properties)
        return made, {"GroupId": made, "Id": made, "VpcId": properties.get("VpcId", "")}

    def _rules(self, ec2: Any, group: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name, direction in (("SecurityGroupIngress", "ingress"), ("SecurityGroupEgress", "egress")):
            before, after = old.get(name) or [], new.get(name) or []
            gone = [_permission(each) for each in before if each not in after]
            added = [_permission(each) for each in after if each not in before]
            if direction == "egress" and not before and after:
                gone.append(ALL)
                if ALL in [{**each, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for each in added if "IpRanges" in each]:
                    gone.remove(ALL)
                    added = [each for each in added if each["IpProtocol"] != "-1"]
            if gone:
                getattr(ec2, f"revoke_security_group_{direction}")(GroupId=group, IpPermissions=gone)
            if added:
                getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group, IpPermissions=added)

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._rules(context.client("ec2"), physical, old, new)
        for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
            old.pop(name, None)
            new.pop(name, None)
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_security_group(GroupId=physical)


class _Rule(Kind):
    direction = ""

    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        method = getattr(context.client("ec2"), f"authorize_security_group_{self.direction}")
        made = method(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
        rules = made.get("SecurityGroupRules") or [{"SecurityGroupRuleId": f"{context.logical}"}]
        return rules[0]["SecurityGroupRuleId"], {"Id": rules[0]["SecurityGroupRuleId"]}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        method = getattr(context.client("ec2"), f"revoke_security_group_{self.direction}")
        method(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])


@kind(
    "AWS::EC2::SecurityGroupIngress",
    "CidrIp! CidrIpv6! Description FromPort! *GroupId! *IpProtocol! SourcePrefixListId! SourceSecurityGroupId! ToPort!",
)
class Ingress(_Rule):
    direction = "ingress"


@kind(
    "AWS::EC2::SecurityGroupEgress",
    "CidrIp! CidrIpv6! Description DestinationPrefixListId! DestinationSecurityGroupId! FromPort! *GroupId! "
    "*IpProtocol! ToPort!",
)
class Egress(_Rule):
    direction = "egress"
