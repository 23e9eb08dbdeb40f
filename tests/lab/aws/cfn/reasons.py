"""Durations as templates write them, and reasons as CloudFormation tells them."""

from __future__ import annotations

import re

from botocore.exceptions import ClientError

from ..call import ApiError


def duration(text: str) -> float:
    """The seconds of an ISO 8601 duration."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", str(text))
    if found is None or text in ("P", "PT"):
        raise ValueError(f"Invalid timeout {text}")
    return float(sum(int(part or 0) * size for part, size in zip(found.groups(), (86400, 3600, 60, 1), strict=True)))


def reason_of(error: Exception) -> str:
    """The reason as CloudFormation gives it for a service's error."""
    if isinstance(error, ClientError):
        detail, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
        service = error.operation_name
        return (
            f"{detail.get('Message', '')} (Service: {service}, Status Code: {metadata.get('HTTPStatusCode', 0)}, "
            f"Error Code: {detail.get('Code', '')}, Request ID: {metadata.get('RequestId', '')})"
        )
    if isinstance(error, ApiError):
        return error.message
    return str(error)


def is_gone(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"].get("Code", "")
    return any(each in code for each in ("NotFound", "NoSuchEntity", "NoSuchBucket", "DoesNotExist"))
