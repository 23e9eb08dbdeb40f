"""Whether the caller's policies, and those of what is called for, allow a call."""

from __future__ import annotations

import json
from typing import Any

from ..call import ApiError, Call, Caller
from ..lab import ACCOUNT, PARTITION, lab
from . import needs
from .policy import Request, as_list, decide, names_principal, speaks_of

ALWAYS = {"sts:GetCallerIdentity"}


def check(call: Call) -> None:
    """Refuses what is not allowed."""
    for request in needs.of(call):
        if request.action in ALWAYS:
            continue
        verdict = allowed(call.caller, request)
        if verdict:
            raise denied(call, request, verdict)
    _hide_missing(call)


def allowed(caller: Caller, request: Request) -> str:
    """Nothing if it is allowed; otherwise why not."""
    request.principal = caller.arn
    request.context.setdefault("aws:principalarn", [caller.role or caller.arn])
    request.context.setdefault("aws:principalaccount", [ACCOUNT])
    # The lab speaks plain HTTP on this machine; to policies it looks like the connection to AWS.
    request.context.setdefault("aws:securetransport", ["true"])
    request.context.setdefault("s3:tlsversion", ["1.3"])
    request.context.setdefault("aws:viaawsservice", ["true" if caller.via else "false"])
    if caller.via:
        request.context.setdefault("aws:calledvia", [caller.via])
    identity = decide(policies_of(caller), request)
    boundary = boundary_of(caller)
    resource = _resource_verdict(request)
    if "deny" in (identity, resource):
        return "with an explicit deny"
    if boundary is not None and decide([boundary], request) != "allow":
        return "because no permissions boundary allows the action"
    if "allow" in (identity, resource):
        return ""
    return f"because no identity-based policy allows the {request.action} action"


def policies_of(caller: Caller) -> list[dict[str, Any]]:
    """Every policy of a user or a role."""
    from moto.iam.models import iam_backends

    backend = iam_backends[ACCOUNT][PARTITION]
    owners: list[Any] = []
    if caller.role:
        owners = [_role(caller.role)]
    elif caller.user:
        owners = [backend.users.get(caller.user)]
        owners += [each for each in backend.groups.values() if owners[0] in each.users]
    documents: list[dict[str, Any]] = []
    for owner in owners:
        if owner is None:
            continue
        documents += [_document(each) for each in owner.policies.values()]
        documents += [_managed(each) for each in owner.managed_policies.values()]
    return documents


def _role(arn: str) -> Any:
    from moto.iam.models import iam_backends

    found = iam_backends[ACCOUNT][PARTITION].roles.values()
    return next((each for each in found if each.name == arn.rpartition("/")[2]), None)


def boundary_of(caller: Caller) -> dict[str, Any] | None:
    """The permissions boundary of a role, if it has one."""
    from moto.iam.models import iam_backends

    role = _role(caller.role) if caller.role else None
    arn = getattr(role, "permissions_boundary_arn", None) or getattr(role, "permissions_boundary", None)
    if not arn:
        return None
    arn = arn["PermissionsBoundaryArn"] if isinstance(arn, dict) else arn
    found = iam_backends[ACCOUNT][PARTITION].managed_policies.get(arn)
    return _managed(found) if found else None


def _managed(policy: Any) -> dict[str, Any]:
    version = next(each for each in policy.versions if each.version_id == policy.default_version_id)
    return _document(version.document)


def _document(text: Any) -> dict[str, Any]:
    if isinstance(text, dict):
        text = text.get("policy_document", text)
    found: dict[str, Any] = json.loads(text) if isinstance(text, str) else text
    return found


def _resource_verdict(request: Request) -> str:
    if not request.resource.startswith("arn:aws:s3:::"):
        return ""
    from .storage import bucket_of

    bucket = bucket_of(request.resource.removeprefix("arn:aws:s3:::").partition("/")[0])
    if bucket is None or not bucket.policy:
        return ""
    verdict = ""
    for statement in as_list(json.loads(bucket.policy)["Statement"]):
        if names_principal(statement, request, ACCOUNT) and speaks_of(statement, request):
            if statement["Effect"] == "Deny":
                return "deny"
            verdict = "allow"
    return verdict


def _hide_missing(call: Call) -> None:
    """Who may not list a bucket is not told that an object is missing."""
    if call.service != "s3" or call.operation not in ("GetObject", "HeadObject"):
        return
    from .storage import bucket_and_key, bucket_of, current

    bucket, key = bucket_and_key(call)
    if bucket_of(bucket) is None or current(bucket, key) is not None:
        return
    request = Request("s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket}", needs.common(call))
    request.context["s3:resourceaccount"] = [ACCOUNT]
    # Whether S3 asks with the key as the prefix is not documented; without it, no policy that names prefixes fits.
    if lab.settings.missing_keys_match_prefixes:
        request.context["s3:prefix"] = [key]
    why = allowed(call.caller, request)
    if why:
        raise denied(call, request, why)


def trusts(role: Any, request: Request, federated: str = "") -> bool:
    """Whether a role's trust policy lets somebody take it on."""
    for statement in as_list(_document(role.assume_role_policy_document)["Statement"]):
        principal = statement.get("Principal") or {}
        if federated:
            named = federated in as_list(principal.get("Federated") if isinstance(principal, dict) else None)
        else:
            named = names_principal(statement, request, ACCOUNT)
        without = {key: value for key, value in statement.items() if key not in ("Resource", "NotResource")}
        if named and speaks_of(without, request):
            return bool(statement["Effect"] == "Allow")
    return False


def denied(call: Call, request: Request, why: str) -> ApiError:
    """The service's own words for a refusal."""
    text = (
        f"User: {call.caller.arn} is not authorized to perform: {request.action} on resource: {request.resource} {why}"
    )
    if call.service == "ec2":
        return ApiError("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    if call.protocol == "json":
        return ApiError("AccessDeniedException", text, 400)
    return ApiError("AccessDenied", text, 403)
