"""Load balancers, target groups and listeners."""

from __future__ import annotations

from typing import Any

from ..lab import random_text
from . import Context, Kind, Made, changes_tags, kind

WHOLE = ("HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount")


def _name(context: Context) -> str:
    head = f"{context.stack[:7].strip('-')}-{context.logical[:6]}"
    return f"{head}-{random_text(12)}"


class _Tagged(Kind):
    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        tags, gone = changes_tags(context, old, new)
        client = context.client("elbv2")
        if tags:
            client.add_tags(ResourceArns=[physical], Tags=tags)
        if gone:
            client.remove_tags(ResourceArns=[physical], TagKeys=gone)
        return None


@kind(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "IpAddressType LoadBalancerAttributes Name! Scheme! SecurityGroups SubnetMappings Subnets? Tags Type!",
)
class LoadBalancer(_Tagged):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        client = context.client("elbv2")
        attributes = properties.pop("LoadBalancerAttributes", None) or []
        tags = context.tags(properties)
        properties.setdefault("Name", _name(context))
        made = client.create_load_balancer(Tags=tags, **properties)["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        if attributes:
            client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=_texts(attributes))
        return arn, {
            "LoadBalancerArn": arn,
            "DNSName": made["DNSName"],
            "CanonicalHostedZoneID": made.get("CanonicalHostedZoneId") or "Z35SXDOTRQ7X7K",
            "LoadBalancerFullName": arn.partition("loadbalancer/")[2],
            "LoadBalancerName": made["LoadBalancerName"],
            "SecurityGroups": made.get("SecurityGroups") or [],
        }

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        client = context.client("elbv2")
        if new.get("LoadBalancerAttributes"):
            attributes = _texts(new["LoadBalancerAttributes"])
            client.modify_load_balancer_attributes(LoadBalancerArn=physical, Attributes=attributes)
        if old.get("SecurityGroups") != new.get("SecurityGroups"):
            client.set_security_groups(LoadBalancerArn=physical, SecurityGroups=new["SecurityGroups"])
        if old.get("Subnets") != new.get("Subnets"):
            client.set_subnets(LoadBalancerArn=physical, Subnets=new["Subnets"])
        if old.get("IpAddressType") != new.get("IpAddressType"):
            client.set_ip_address_type(LoadBalancerArn=physical, IpAddressType=new["IpAddressType"])
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("elbv2").delete_load_balancer(LoadBalancerArn=physical)


def _texts(attributes: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"Key": each["Key"], "Value": str(each["Value"])} for each in attributes]


@kind(
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol "
    "HealthCheckTimeoutSeconds HealthyThresholdCount IpAddressType! Matcher Name! Port! Protocol! ProtocolVersion! "
    "Tags TargetGroupAttributes TargetType! Targets UnhealthyThresholdCount VpcId!",
)
class TargetGroup(_Tagged):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        client = context.client("elbv2")
        attributes = properties.pop("TargetGroupAttributes", None) or []
        properties.pop("Targets", None)
        tags = context.tags(properties)
        properties.setdefault("Name", _name(context))
        wanted = self._numbers(properties)
        made = client.create_target_group(Tags=tags, **wanted)["TargetGroups"][0]
        arn = made["TargetGroupArn"]
        if attributes:
            client.modify_target_group_attributes(TargetGroupArn=arn, Attributes=_texts(attributes))
        return arn, {
            "TargetGroupArn": arn,
            "TargetGroupName": made["TargetGroupName"],
            "TargetGroupFullName": arn.rpartition(":")[2],
            "LoadBalancerArns": [],
        }

    def _numbers(self, properties: dict[str, Any]) -> dict[str, Any]:
        wanted = dict(properties)
        for each in (*WHOLE, "Port"):
            if each in wanted:
                wanted[each] = int(wanted[each])
        if "HealthCheckEnabled" in wanted:
            wanted["HealthCheckEnabled"] = str(wanted["HealthCheckEnabled"]).lower() == "true"
        return wanted

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        client = context.client("elbv2")
        if new.get("TargetGroupAttributes"):
            client.modify_target_group_attributes(
                TargetGroupArn=physical, Attributes=_texts(new["TargetGroupAttributes"])
            )
        numbers = self._numbers(new)
        checks = {
            key: value for key, value in numbers.items() if key.startswith(("HealthCheck", "Matcher")) or key in WHOLE
        }
        if checks:
            client.modify_target_group(TargetGroupArn=physical, **checks)
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("elbv2").delete_target_group(TargetGroupArn=physical)


@kind(
    "AWS::ElasticLoadBalancingV2::Listener",
    "AlpnPolicy Certificates *DefaultActions ListenerAttributes *LoadBalancerArn! Port Protocol SslPolicy",
)
class Listener(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        properties.pop("ListenerAttributes", None)
        wanted = self._wanted(properties)
        made = context.client("elbv2").create_listener(**wanted)["Listeners"][0]["ListenerArn"]
        return made, {"ListenerArn": made}

    def _wanted(self, properties: dict[str, Any]) -> dict[str, Any]:
        wanted = dict(properties)
        if "Port" in wanted:
            wanted["Port"] = int(wanted["Port"])
        actions = []
        for action in wanted["DefaultActions"]:
            found = dict(action)
            if "RedirectConfig" in found:
                found["RedirectConfig"] = {key: str(value) for key, value in found["RedirectConfig"].items()}
            if "FixedResponseConfig" in found:
                texts = {key: str(value) for key, value in found["FixedResponseConfig"].items()}
                found["FixedResponseConfig"] = texts
            actions.append(found)
        wanted["DefaultActions"] = actions
        return wanted

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        wanted = self._wanted(new)
        wanted.pop("LoadBalancerArn")
        wanted.pop("ListenerAttributes", None)
        context.client("elbv2").modify_listener(ListenerArn=physical, **wanted)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("elbv2").delete_listener(ListenerArn=physical)
