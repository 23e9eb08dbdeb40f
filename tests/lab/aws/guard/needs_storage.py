"""What calls of S3 need to be allowed, with the key that encrypts a bucket."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote

from ..call import Call
from ..lab import ACCOUNT, PARTITION

Need = tuple[str, str, dict[str, list[str]]]
# Operations whose action has another name.
OBJECT_ACTIONS = {
    "HeadObject": "GetObject",
    "GetObject": "GetObject",
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "ListParts": "ListMultipartUploadParts",
}
BUCKET_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "ListBuckets": "ListAllMyBuckets",
}
VERSIONED = {"GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"}
CREATING = ("PutObject", "CompleteMultipartUpload", "CopyObject")


def of(call: Call) -> list[Need]:
    """Everything that must be allowed for a call of S3."""
    from .storage import bucket_and_key, bucket_of

    bucket, key = bucket_and_key(call)
    query = {name: values[0] for name, values in parse_qs(call.environ.get("QUERY_STRING", ""), True).items()}
    more: dict[str, list[str]] = {}
    if bucket_of(bucket) is not None:
        more["s3:resourceaccount"] = [ACCOUNT]
    for name in ("prefix", "delimiter"):
        if name in query:
            more[f"s3:{name}"] = [query[name]]
    for name in ("if-none-match", "if-match", "x-amz-server-side-encryption"):
        if name in call.headers:
            more[f"s3:{name}"] = [call.headers[name]]
    arn = f"arn:{PARTITION}:s3:::{bucket}"
    if not key:
        if call.operation == "DeleteObjects":
            return [("s3:DeleteObject", f"{arn}/{each}", more) for each in _keys(call)]
        action = BUCKET_ACTIONS.get(call.operation, call.operation)
        return [(f"s3:{action}", arn if bucket else "*", more)]
    action = OBJECT_ACTIONS.get(call.operation, call.operation)
    if "versionId" in query and action in VERSIONED:
        action = (
            action + "Version" if action in ("GetObject", "DeleteObject") else action.replace("Object", "ObjectVersion")
        )
        more["s3:versionid"] = [query["versionId"]]
    if action == "PutObject":
        more["s3:objectcreationoperation"] = ["true" if call.operation in CREATING else "false"]
    found: list[Need] = [(f"s3:{action}", f"{arn}/{key}", more)]
    if call.headers.get("x-amz-tagging"):
        found.append(("s3:PutObjectTagging", f"{arn}/{key}", more))
    source = call.headers.get("x-amz-copy-source")
    if source:
        path = unquote(source).lstrip("/").partition("?")[0]
        found.append(("s3:GetObject", f"arn:{PARTITION}:s3:::{path}", {"s3:resourceaccount": [ACCOUNT]}))
        found += _key_needs(call, "GetObject", path.partition("/")[0])
    return found + _key_needs(call, call.operation, bucket)


def _keys(call: Call) -> list[str]:
    import re
    from xml.sax.saxutils import unescape

    return [unescape(each) for each in re.findall(r"<Key>(.*?)</Key>", call.body.decode(), re.DOTALL)]


def _key_needs(call: Call, operation: str, name: str) -> list[Need]:
    """What S3 does with the bucket's key in the caller's name."""
    actions = {
        "GetObject": ["Decrypt"],
        "PutObject": ["GenerateDataKey"],
        "CopyObject": ["GenerateDataKey"],
        "CreateMultipartUpload": ["GenerateDataKey"],
        "UploadPart": ["GenerateDataKey", "Decrypt"],
        "UploadPartCopy": ["GenerateDataKey", "Decrypt"],
        "CompleteMultipartUpload": ["Decrypt"],
    }.get(operation)
    if actions is None:
        return []
    key = bucket_key(name, call.region)
    if key is None:
        return []
    from .keys import aliases_of

    more = {
        "kms:viaservice": [f"s3.{call.region}.amazonaws.com"],
        "kms:encryptioncontext:aws:s3:arn": [f"arn:{PARTITION}:s3:::{name}"],
        "kms:encryptioncontextkeys": ["aws:s3:arn"],
        "kms:calleraccount": [ACCOUNT],
    }
    if aliases_of(key.id, call.region):
        more["kms:resourcealiases"] = aliases_of(key.id, call.region)
    arn = f"arn:{PARTITION}:kms:{call.region}:{ACCOUNT}:key/{key.id}"
    return [(f"kms:{each}", arn, more) for each in actions]


def bucket_key(name: str, region: str) -> Any:
    """moto's own KMS key that encrypts a bucket, if one does."""
    from .keys import key_of
    from .storage import bucket_of

    bucket = bucket_of(name)
    rules = (getattr(bucket, "encryption", None) or {}).get("Rule") or {}
    rules = rules[0] if isinstance(rules, list) and rules else rules
    default = rules.get("ApplyServerSideEncryptionByDefault") or {} if isinstance(rules, dict) else {}
    return key_of(default["KMSMasterKeyID"], region) if default.get("KMSMasterKeyID") else None
