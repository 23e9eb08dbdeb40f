"""Limits of names and numbers that moto does not know."""

from __future__ import annotations

import re

from .call import ApiError, Call
from .front import guards


@guards("elasticloadbalancing")
def _elastic(call: Call) -> None:
    if call.operation not in ("CreateLoadBalancer", "CreateTargetGroup"):
        return
    name, what = (
        call.form.get("Name", ""),
        "Load balancer" if call.operation == "CreateLoadBalancer" else "Target group",
    )
    if len(name) > 32:
        raise ApiError("ValidationError", f"{what} name '{name}' cannot be longer than '32' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ApiError(
            "ValidationError",
            f"{what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)",
        )
    if name.startswith("-") or name.endswith("-") or name.startswith("internal-"):
        raise ApiError(
            "ValidationError", f"{what} name '{name}' cannot begin or end with '-', or begin with 'internal-'"
        )


@guards("iam")
def _iam(call: Call) -> None:
    limits = {"RoleName": 64, "InstanceProfileName": 128, "PolicyName": 128}
    if not call.operation.startswith(("Create", "Put")):
        return
    for field, longest in limits.items():
        value = call.form.get(field, "")
        if len(value) > longest:
            raise ApiError(
                "ValidationError",
                f"1 validation error detected: Value '{value}' at '{field[0].lower()}{field[1:]}' failed to satisfy "
                f"constraint: Member must have length less than or equal to {longest}",
            )


@guards("ec2")
def _user_data(call: Call) -> None:
    import base64

    text = call.form.get("LaunchTemplateData.UserData") or call.form.get("UserData")
    if text and len(base64.b64decode(text + "===")) > 16384:
        raise ApiError("InvalidUserData.Malformed", "User data is limited to 16384 bytes")
