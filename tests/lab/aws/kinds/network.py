"""Networks: VPCs, subnets, gateways, addresses and endpoints."""

from __future__ import annotations

from typing import Any

from . import Context, Kind, Made, changes_tags, kind


class Ec2Kind(Kind):
    """What EC2 makes with one call, tags with another, and deletes by id."""

    tag_type = ""

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        tags, gone = changes_tags(context, old, new)
        if tags:
            context.client("ec2").create_tags(Resources=[physical], Tags=tags)
        if gone:
            context.client("ec2").delete_tags(Resources=[physical], Tags=[{"Key": key} for key in gone])
        return super().update(context, physical, old, new)


@kind("AWS::EC2::VPC", "CidrBlock! EnableDnsHostnames EnableDnsSupport InstanceTenancy? Tags")
class Vpc(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        ec2 = context.client("ec2")
        made = ec2.create_vpc(CidrBlock=properties["CidrBlock"], **context.specification("vpc", properties))["Vpc"]
        self._attributes(ec2, made["VpcId"], properties)
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [made["VpcId"]]}])
        return made["VpcId"], {
            "VpcId": made["VpcId"],
            "CidrBlock": made["CidrBlock"],
            "DefaultSecurityGroup": groups["SecurityGroups"][0]["GroupId"],
        }

    def _attributes(self, ec2: Any, vpc: str, properties: dict[str, Any]) -> None:
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            if name in properties:
                ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": _truth(properties[name])}})

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._attributes(context.client("ec2"), physical, new)
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            old.pop(name, None)
            new.pop(name, None)
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_vpc(VpcId=physical)


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


@kind("AWS::EC2::Subnet", "AvailabilityZone! CidrBlock! MapPublicIpOnLaunch *VpcId! Tags")
class Subnet(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        ec2 = context.client("ec2")
        tags = context.specification("subnet", properties)
        wanted = {name: properties[name] for name in ("AvailabilityZone", "CidrBlock", "VpcId") if name in properties}
        made = ec2.create_subnet(**wanted, **tags)["Subnet"]
        public = _truth(properties.get("MapPublicIpOnLaunch", False))
        ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch={"Value": public})
        return made["SubnetId"], {
            "SubnetId": made["SubnetId"],
            "AvailabilityZone": made["AvailabilityZone"],
            "CidrBlock": made["CidrBlock"],
            "VpcId": made["VpcId"],
        }

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        public = _truth(new.pop("MapPublicIpOnLaunch", False))
        old.pop("MapPublicIpOnLaunch", None)
        context.client("ec2").modify_subnet_attribute(SubnetId=physical, MapPublicIpOnLaunch={"Value": public})
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_subnet(SubnetId=physical)


@kind("AWS::EC2::InternetGateway", "Tags")
class InternetGateway(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.specification("internet-gateway", properties)
        made = context.client("ec2").create_internet_gateway(**tags)["InternetGateway"]["InternetGatewayId"]
        return made, {"InternetGatewayId": made}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_internet_gateway(InternetGatewayId=physical)


@kind("AWS::EC2::VPCGatewayAttachment", "InternetGatewayId VpnGatewayId *VpcId!")
class GatewayAttachment(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        context.client("ec2").attach_internet_gateway(**properties)
        return f"IGW|{properties['VpcId']}", {}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").detach_internet_gateway(**properties)


@kind("AWS::EC2::EIP", "Domain? Tags")
class Address(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.specification("elastic-ip", properties)
        made = context.client("ec2").allocate_address(Domain=properties.get("Domain", "vpc"), **tags)
        return made["PublicIp"], {
            "AllocationId": made["AllocationId"],
            "PublicIp": made["PublicIp"],
        }

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        return super().update(context, self._allocation(context, physical), old, new)

    def _allocation(self, context: Context, physical: str) -> str:
        found = context.client("ec2").describe_addresses(PublicIps=[physical])
        return str(found["Addresses"][0]["AllocationId"])

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").release_address(AllocationId=self._allocation(context, physical))


@kind("AWS::EC2::NatGateway", "AllocationId! *SubnetId! ConnectivityType! Tags")
class NatGateway(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.specification("natgateway", properties)
        made = context.client("ec2").create_nat_gateway(**properties, **tags)["NatGateway"]["NatGatewayId"]
        return made, {"NatGatewayId": made}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_nat_gateway(NatGatewayId=physical)


@kind(
    "AWS::EC2::VPCEndpoint",
    "PolicyDocument PrivateDnsEnabled RouteTableIds SecurityGroupIds *ServiceName! SubnetIds Tags VpcEndpointType! "
    "*VpcId!",
)
class Endpoint(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        import json

        tags = context.specification("vpc-endpoint", properties)
        wanted = dict(properties)
        # moto goes over the routes of every endpoint, also of those that have none.
        wanted.setdefault("RouteTableIds", [])
        if "PolicyDocument" in wanted:
            wanted["PolicyDocument"] = json.dumps(wanted["PolicyDocument"])
        if "PrivateDnsEnabled" in wanted:
            wanted["PrivateDnsEnabled"] = _truth(wanted["PrivateDnsEnabled"])
        made = context.client("ec2").create_vpc_endpoint(**wanted, **tags)["VpcEndpoint"]
        return made["VpcEndpointId"], {"Id": made["VpcEndpointId"], "DnsEntries": [], "NetworkInterfaceIds": []}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        for name in ("RouteTableIds", "SubnetIds"):
            before, after = set(old.pop(name, [])), set(new.pop(name, []))
            changes = {f"Add{name}": sorted(after - before), f"Remove{name}": sorted(before - after)}
            if before != after:
                context.client("ec2").modify_vpc_endpoint(VpcEndpointId=physical, **changes)
        return super().update(context, physical, old, new)

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[physical])


@kind(
    "AWS::EC2::FlowLog",
    "DeliverLogsPermissionArn! LogDestination! LogDestinationType! LogFormat! LogGroupName! MaxAggregationInterval! "
    "*ResourceId! *ResourceType! Tags TrafficType!",
)
class FlowLog(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.specification("vpc-flow-log", properties)
        wanted = dict(properties)
        wanted["ResourceIds"] = [wanted.pop("ResourceId")]
        made = context.client("ec2").create_flow_logs(**wanted, **tags)
        for failed in made.get("Unsuccessful", []):
            raise ValueError(failed["Error"]["Message"])
        return made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_flow_logs(FlowLogIds=[physical])
