"""Buckets with all that hangs on them, and their policies."""

from __future__ import annotations

import json
from typing import Any

from ..lab import PARTITION
from . import Context, Kind, Made, changes_tags, kind


@kind(
    "AWS::S3::Bucket",
    "BucketEncryption BucketName! LifecycleConfiguration LoggingConfiguration ObjectLockEnabled! OwnershipControls "
    "PublicAccessBlockConfiguration Tags VersioningConfiguration",
)
class Bucket(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        s3 = context.client("s3")
        name = properties.get("BucketName") or context.name(63, lower=True)
        place = {}
        if context.region != "us-east-1":
            place = {"CreateBucketConfiguration": {"LocationConstraint": context.region}}
        s3.create_bucket(Bucket=name, **place)
        tags = context.tags(properties)
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        self._configure(s3, name, {}, properties)
        domain = f"{name}.s3.amazonaws.com"
        return name, {
            "Arn": f"arn:{PARTITION}:s3:::{name}",
            "DomainName": domain,
            "RegionalDomainName": f"{name}.s3.{context.region}.amazonaws.com",
        }

    def _configure(self, s3: Any, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        def changed(key: str) -> Any:
            return new.get(key) if new.get(key) != old.get(key) else None

        if found := changed("VersioningConfiguration"):
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=found)
        if found := changed("PublicAccessBlockConfiguration"):
            truths = {key: str(value).lower() == "true" for key, value in found.items()}
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=truths)
        if found := changed("OwnershipControls"):
            s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=found)
        if found := changed("BucketEncryption"):
            rules = [_encryption(each) for each in found["ServerSideEncryptionConfiguration"]]
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        if found := changed("LifecycleConfiguration"):
            rules = [_lifecycle(each) for each in found["Rules"]]
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        if found := changed("LoggingConfiguration"):
            status = {"TargetBucket": found["DestinationBucketName"], "TargetPrefix": found.get("LogFilePrefix", "")}
            s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": status})

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        s3 = context.client("s3")
        tags, _ = changes_tags(context, old, new)
        s3.put_bucket_tagging(Bucket=physical, Tagging={"TagSet": tags})
        self._configure(s3, physical, old, new)
        for key, remove in (
            ("LifecycleConfiguration", s3.delete_bucket_lifecycle),
            ("BucketEncryption", s3.delete_bucket_encryption),
            ("PublicAccessBlockConfiguration", s3.delete_public_access_block),
        ):
            if key in old and key not in new:
                remove(Bucket=physical)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("s3").delete_bucket(Bucket=physical)


def _encryption(rule: dict[str, Any]) -> dict[str, Any]:
    found = dict(rule)
    found["ApplyServerSideEncryptionByDefault"] = found.pop("ServerSideEncryptionByDefault")
    return found


def _lifecycle(rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"ID": rule.get("Id", ""), "Status": rule["Status"]}
    found["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        found["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    expiration: dict[str, Any] = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"
    if expiration:
        found["Expiration"] = expiration
    if "NoncurrentVersionExpiration" in rule:
        days = int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    return found


@kind("AWS::S3::BucketPolicy", "*Bucket! *PolicyDocument")
class BucketPolicy(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        policy = json.dumps(properties["PolicyDocument"])
        context.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
        return properties["Bucket"], {}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self.create(context, new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("s3").delete_bucket_policy(Bucket=physical)
