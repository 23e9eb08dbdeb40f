"""Who calls, whether the signature is theirs, and whether their policies allow it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from .call import ApiError, Call, Caller
from .lab import ACCOUNT, PARTITION, lab

NOBODY = Caller(arn="anonymous")
# With this header CloudFormation says in whose name the emulator's own call is made.
ACTING_HEADER = "x-lab-acting-for"


def scope(headers: dict[str, str], query: str) -> tuple[str, str, str]:
    """The access key, region and service that a request was signed for; empty if it was not signed."""
    authorization = headers.get("authorization", "")
    credential = ""
    if "Credential=" in authorization:
        credential = authorization.partition("Credential=")[2].partition(",")[0].strip()
    elif "X-Amz-Credential=" in query:
        credential = parse_qs(query)["X-Amz-Credential"][0]
    parts = credential.split("/")
    if len(parts) < 5:
        return "", "", ""
    return parts[0], parts[2], parts[3].lower()


def caller(call: Call, key: str) -> Caller:
    """Who an access key belongs to."""
    if key == lab.internal_key:
        acting = call.headers.get(ACTING_HEADER)
        if not acting:
            return Caller(arn="internal", key=key, internal=True)
        found = principal(acting)
        found.internal, found.via = True, "cloudformation.amazonaws.com"
        return found
    if not key:
        return NOBODY
    from moto.iam.models import iam_backends

    for user in iam_backends[ACCOUNT][PARTITION].users.values():
        if any(each.access_key_id == key for each in user.access_keys):
            return Caller(arn=user.arn, key=key, user=user.name)
    session = session_of(key)
    if session is not None:
        return Caller(arn=session.arn, key=key, role=session.role_arn)
    return Caller(arn=f"arn:{PARTITION}:iam::{ACCOUNT}:unknown/{key}", key=key)


def session_of(key: str) -> Any:
    """The session of a role that an access key belongs to, if there is one."""
    from moto.sts.models import sts_backends

    for each in sts_backends[ACCOUNT]["global"].assumed_roles + sts_backends[ACCOUNT][PARTITION].assumed_roles:
        if each.access_key_id == key:
            return each
    return None


def principal(arn: str) -> Caller:
    """The caller behind an ARN of a user or a role."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "role":
        short = name.rpartition("/")[2]
        session = f"arn:{PARTITION}:sts::{ACCOUNT}:assumed-role/{short}/AWSCloudFormation"
        return Caller(arn=session, role=arn)
    if kind == "user":
        return Caller(arn=arn, user=name.rpartition("/")[2])
    return Caller(arn=arn)


def role_of(call_caller: Caller) -> str:
    """What to hand on so that a later call is made in the caller's name."""
    return call_caller.role or call_caller.arn


def resource_text(call: Call) -> str:
    """What a call is about, for the records: bucket and key, stack, group, key, or parameter."""
    if call.service == "s3":
        return str(call.environ.get("PATH_INFO", "")).lstrip("/")
    if call.protocol == "json":
        params = call.params
        names: tuple[str, ...] = ("KeyId", "Name", "logGroupName", "Names")
    else:
        params = call.form
        names = ("StackName", "AutoScalingGroupName", "ChangeSetName", "RoleArn", "TargetGroupArn", "RoleName")
    for name in names:
        if params.get(name):
            return str(params[name])
    return ""


def check(call: Call) -> None:
    """Refuses what the caller may not do, while permissions are enforced."""
    if not lab.settings.enforce_iam:
        return
    if call.caller.internal and not call.caller.via:
        return
    if call.caller is NOBODY and call.operation.startswith("AssumeRoleWith"):
        return
    from .guard import permission, signature

    if not call.caller.internal:
        if call.caller.arn.startswith(f"arn:{PARTITION}:iam::{ACCOUNT}:unknown/") or call.caller is NOBODY:
            raise unknown_key(call)
        signature.check(call)
    permission.check(call)


def unknown_key(call: Call) -> ApiError:
    """The service's own error for a key that nobody has."""
    if call.caller is NOBODY:
        code = "AccessDenied" if call.service == "s3" else "MissingAuthenticationToken"
        return ApiError(code, "Request is missing Authentication Token", 403)
    if call.service == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return ApiError("InvalidAccessKeyId", text, 403)
    if call.service == "ec2":
        return ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.protocol == "json":
        text = "The security token included in the request is invalid."
        return ApiError("UnrecognizedClientException", text, 400)
    return ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
