"""The groups of subnets of databases, caches and warehouses."""

from __future__ import annotations

from typing import Any

from . import Context, Kind, Made, kind


@kind("AWS::RDS::DBSubnetGroup", "*DBSubnetGroupDescription DBSubnetGroupName! *SubnetIds Tags")
class Databases(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.tags(properties)
        name = properties.pop("DBSubnetGroupName", None) or context.name(255, lower=True)
        context.client("rds").create_db_subnet_group(DBSubnetGroupName=name, Tags=tags, **properties)
        return name, {}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        new.pop("Tags", None)
        context.client("rds").modify_db_subnet_group(DBSubnetGroupName=physical, **new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("rds").delete_db_subnet_group(DBSubnetGroupName=physical)


@kind("AWS::ElastiCache::SubnetGroup", "CacheSubnetGroupName! *Description *SubnetIds Tags")
class Caches(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = properties.get("CacheSubnetGroupName") or context.name(255, lower=True)
        context.client("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription=properties["Description"],
            SubnetIds=properties["SubnetIds"],
            Tags=context.tags(properties),
        )
        return name, {}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        from moto.elasticache.models import elasticache_backends

        from ..lab import ACCOUNT

        # moto has no DeleteCacheSubnetGroup.
        elasticache_backends[ACCOUNT][context.region].cache_subnet_groups.pop(physical, None)


@kind("AWS::Redshift::ClusterSubnetGroup", "*Description *SubnetIds Tags")
class Warehouses(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = context.name(255, lower=True)
        context.client("redshift").create_cluster_subnet_group(
            ClusterSubnetGroupName=name, Tags=context.tags(properties), **properties
        )
        return name, {"ClusterSubnetGroupName": name}

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("redshift").delete_cluster_subnet_group(ClusterSubnetGroupName=physical)
