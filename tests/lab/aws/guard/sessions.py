"""STS: whose trust a session needs, and sessions that a test asks for without any."""

from __future__ import annotations

import base64
import json
from typing import Any

from .. import front
from ..call import ApiError, Call
from ..clients import client
from ..control import task
from ..lab import ACCOUNT, PARTITION, lab
from .policy import Request


def _role(arn: str) -> Any:
    from moto.iam.models import iam_backends

    found = next((each for each in iam_backends[ACCOUNT][PARTITION].roles.values() if each.arn == arn), None)
    if found is None:
        raise ApiError("AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
    return found


@front.guards("sts")
def _trust(call: Call) -> None:
    if call.caller.internal or not lab.settings.enforce_iam:
        return
    from . import permission

    arn = call.form.get("RoleArn", "")
    if call.operation == "AssumeRole":
        request = Request("sts:AssumeRole", arn, {"aws:principalarn": [call.caller.role or call.caller.arn]})
        request.principal = call.caller.arn
        if not permission.trusts(_role(arn), request):
            raise permission.denied(call, request, "because the role's trust policy does not allow it")
    if call.operation == "AssumeRoleWithWebIdentity":
        claims = _claims(call.form.get("WebIdentityToken", ""))
        issuer = str(claims.get("iss", "")).removeprefix("https://")
        context = {f"{issuer}:{name}".lower(): [str(value)] for name, value in claims.items()}
        request = Request("sts:AssumeRoleWithWebIdentity", arn, context)
        provider = f"arn:{PARTITION}:iam::{ACCOUNT}:oidc-provider/{issuer}"
        if not permission.trusts(_role(arn), request, federated=provider):
            raise ApiError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


def _claims(token: str) -> dict[str, Any]:
    """What a token says; nobody here could check its signature."""
    try:
        part = token.split(".")[1]
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found
    except (IndexError, ValueError) as error:
        text = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        raise ApiError("InvalidIdentityToken", text) from error


@task("POST", "/lab/sessions")
def session(values: dict[str, Any]) -> Any:
    """Credentials of a role, whatever its trust policy says."""
    name = values.get("name", "test")
    made = client("sts", lab.region).assume_role(RoleArn=values["role"], RoleSessionName=name)["Credentials"]
    return {
        "access_key_id": made["AccessKeyId"],
        "secret_access_key": made["SecretAccessKey"],
        "session_token": made["SessionToken"],
    }
