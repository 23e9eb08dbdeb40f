"""Route tables, routes, and which subnets follow them."""

from __future__ import annotations

from typing import Any

from . import Context, Kind, Made, kind
from .network import Ec2Kind


@kind("AWS::EC2::RouteTable", "*VpcId! Tags")
class RouteTable(Ec2Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.specification("route-table", properties)
        made = context.client("ec2").create_route_table(VpcId=properties["VpcId"], **tags)["RouteTable"]
        return made["RouteTableId"], {"RouteTableId": made["RouteTableId"]}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").delete_route_table(RouteTableId=physical)


@kind("AWS::EC2::Route", "DestinationCidrBlock! DestinationIpv6CidrBlock! GatewayId NatGatewayId *RouteTableId!")
class Route(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        context.client("ec2").create_route(**properties)
        destination = properties["DestinationCidrBlock"]
        return f"{properties['RouteTableId']}|{destination}", {"CidrBlock": destination}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        context.client("ec2").replace_route(**new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        table, destination = physical.split("|")
        context.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock=destination)


@kind("AWS::EC2::SubnetRouteTableAssociation", "*RouteTableId *SubnetId!")
class Association(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        made = context.client("ec2").associate_route_table(**properties)["AssociationId"]
        return made, {"Id": made}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        made = context.client("ec2").replace_route_table_association(
            AssociationId=physical, RouteTableId=new["RouteTableId"]
        )
        return {"Ref": made["NewAssociationId"], "Id": made["NewAssociationId"]}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("ec2").disassociate_route_table(AssociationId=physical)
