"""What a call asks a stack to become: name, template, parameters and tags, checked."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlparse

from botocore.exceptions import ClientError

from ..call import Call
from ..clients import client
from ..identity import role_of
from ..lab import lab
from . import parameters
from .model import Stack
from .template import LARGEST_BODY, LARGEST_OBJECT, read, refuse

UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_FAILED",
}
MOST_TAGS = 50


def can_update(stack: Stack) -> bool:
    """Whether a stack takes an update now."""
    return stack.status in UPDATABLE


def check_name(name: str) -> None:
    """Refuses what is no name of a stack."""
    if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]*", name):
        raise refuse(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if len(name) > 128:
        raise refuse(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must "
            "have length less than or equal to 128"
        )


def body_of(call: Call, stack: Stack | None) -> str:
    """The text of the template that a call gives."""
    params = call.params
    if params.get("UsePreviousTemplate") in (True, "true"):
        if stack is None:
            raise refuse("Stack does not exist: there is no previous template.")
        return stack.body
    body, url = params.get("TemplateBody"), params.get("TemplateURL")
    if body and url:
        raise refuse("Only one of TemplateBody or TemplateURL can be specified")
    if body:
        if len(body.encode()) > LARGEST_BODY:
            raise refuse(
                f"1 validation error detected: Value '{body[:60]}...' at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {LARGEST_BODY}"
            )
        return str(body)
    if not url:
        raise refuse("Either Template URL or Template Body must be specified.")
    return _fetch(url, call)


def _fetch(url: str, call: Call) -> str:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html: with the rights of the caller.
    caller = role_of(call.caller) if lab.settings.enforce_iam else ""
    parsed = urlparse(url)
    path = unquote(parsed.path).lstrip("/")
    virtual = re.match(r"([a-z0-9.-]+)\.s3[.-]", parsed.hostname or "")
    bucket, key = (virtual[1], path) if virtual else (path.partition("/")[0], path.partition("/")[2])
    try:
        data = client("s3", call.region, caller).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise refuse(f"S3 error: {error.response['Error'].get('Message', 'Access Denied')}") from error
    if len(data) > LARGEST_OBJECT:
        raise refuse(f"Template may not exceed {LARGEST_OBJECT} bytes in size.")
    return str(data.decode())


def wanted(call: Call, stack: Stack | None) -> dict[str, Any]:
    """Everything that a call says about the stack to be."""
    body = body_of(call, stack)
    template = read(body)
    before = stack.parameters if stack else {}
    texts = parameters.given(template, call.params.get("Parameters") or [], before, call.region)
    tags = call.params.get("Tags")
    if tags is None:
        tags = stack.tags if stack else []
    if len(tags) > MOST_TAGS:
        raise refuse(
            f"1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MOST_TAGS}"
        )
    return {"body": body, "template": template, "parameters": texts, "tags": sorted(tags, key=lambda each: each["Key"])}
