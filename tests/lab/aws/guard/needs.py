"""What a call needs to be allowed: actions, the resources they are on, and what conditions may ask about."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..lab import ACCOUNT, PARTITION
from . import needs_compute, needs_storage
from .policy import Request

# The prefix of a service's actions where it is not its name in signatures.
PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}


def common(call: Call) -> dict[str, list[str]]:
    """What is known about every call."""
    return {
        "aws:requestedregion": [call.region],
        "aws:resourceaccount": [ACCOUNT],
        "aws:username": [call.caller.user] if call.caller.user else [],
    }


def of(call: Call) -> list[Request]:
    """Everything that must be allowed for a call."""
    context = common(call)
    special = {
        "s3": needs_storage.of,
        "kms": _kms,
        "cloudformation": _cloudformation,
        "autoscaling": needs_compute.scaling,
        "ec2": needs_compute.machines,
        "iam": _iam,
        "sts": _sts,
        "ssm": _ssm,
        "logs": _logs,
    }.get(call.service)
    found = special(call) if special else [(f"{PREFIXES.get(call.service, call.service)}:{call.operation}", "*", {})]
    return [Request(action, resource, context | more) for action, resource, more in found]


Need = tuple[str, str, dict[str, list[str]]]


def arn(call: Call, service: str, rest: str) -> str:
    """An ARN in the region and account of a call."""
    return f"arn:{PARTITION}:{service}:{call.region}:{ACCOUNT}:{rest}"


def request_tags(tags: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The tags that a call would give, as conditions see them."""
    found = {f"aws:requesttag/{each['Key'].lower()}": [str(each.get("Value", ""))] for each in tags}
    return found | ({"aws:tagkeys": [each["Key"] for each in tags]} if tags else {})


def resource_tags(tags: dict[str, str]) -> dict[str, list[str]]:
    """The tags that a resource has, as conditions see them."""
    return {f"aws:resourcetag/{key.lower()}": [value] for key, value in tags.items()}


def _kms(call: Call) -> list[Need]:
    from .keys import aliases_of, key_of, key_used

    params = call.params
    key = key_used(call) if call.operation in ("Decrypt", "ReEncrypt") else key_of(params.get("KeyId", ""), call.region)
    action = f"kms:{call.operation}"
    if key is None:
        return [(action, "*", {})]
    context = params.get("EncryptionContext") or {}
    more = {f"kms:encryptioncontext:{name.lower()}": [value] for name, value in context.items()}
    more["kms:encryptioncontextkeys"] = list(context)
    more["kms:resourcealiases"] = aliases_of(key.id, call.region)
    more["kms:calleraccount"] = [ACCOUNT]
    if not more["kms:resourcealiases"]:
        del more["kms:resourcealiases"]
    return [(action, arn(call, "kms", f"key/{key.id}"), more)]


def _cloudformation(call: Call) -> list[Need]:
    from ..cfn.model import stacks

    params, name = call.params, call.params.get("StackName", "")
    if not name and call.params.get("ChangeSetName", "").startswith("arn:"):
        for known in stacks.all:
            if any(each.id == params["ChangeSetName"] for each in known.changes.values()):
                name = known.id
    stack = stacks.find(name, call.region) if name else None
    resource = (
        stack.id if stack else name if name.startswith("arn:") else arn(call, "cloudformation", f"stack/{name}/*")
    )
    if call.operation in ("ListStacks", "ValidateTemplate", "GetTemplateSummary") or not name:
        resource = "*"
    more: dict[str, list[str]] = {}
    tags = {each["Key"]: each["Value"] for each in (stack.tags if stack else [])}
    more |= resource_tags(tags)
    if params.get("RoleARN"):
        more["cloudformation:rolearn"] = [params["RoleARN"]]
    if params.get("TemplateURL"):
        more["cloudformation:templateurl"] = [params["TemplateURL"]]
    if params.get("ChangeSetName"):
        more["cloudformation:changesetname"] = [params["ChangeSetName"]]
    more |= request_tags(params.get("Tags") or [])
    found: list[Need] = [(f"cloudformation:{call.operation}", resource, more)]
    if params.get("Tags"):
        found.append(("cloudformation:TagResource", resource, more | {"cloudformation:createaction": [call.operation]}))
    if params.get("RoleARN"):
        passed = {"iam:passedtoservice": ["cloudformation.amazonaws.com"]}
        found.append(("iam:PassRole", params["RoleARN"], passed))
    return found


def _iam(call: Call) -> list[Need]:
    from moto.iam.models import iam_backends

    backend, form = iam_backends[ACCOUNT][PARTITION], call.form
    resource = "*"
    if form.get("RoleName"):
        name = form["RoleName"]
        found = next((each.arn for each in backend.roles.values() if each.name == name), None)
        path = form.get("Path", "/")
        resource = found or f"arn:{PARTITION}:iam::{ACCOUNT}:role{path}{name}"
    elif form.get("InstanceProfileName"):
        name = form["InstanceProfileName"]
        known = next((each.arn for each in backend.instance_profiles.values() if each.name == name), None)
        resource = known or f"arn:{PARTITION}:iam::{ACCOUNT}:instance-profile{form.get('Path', '/')}{name}"
    elif form.get("PolicyArn"):
        resource = form["PolicyArn"]
    elif form.get("OpenIDConnectProviderArn"):
        resource = form["OpenIDConnectProviderArn"]
    more = {"iam:permissionsboundary": [form["PermissionsBoundary"]]} if form.get("PermissionsBoundary") else {}
    return [(f"iam:{call.operation}", resource, more)]


def _sts(call: Call) -> list[Need]:
    if call.operation == "AssumeRole":
        return [("sts:AssumeRole", call.form.get("RoleArn", "*"), {})]
    return [(f"sts:{call.operation}", "*", {})]


def _ssm(call: Call) -> list[Need]:
    params, action = call.params, f"ssm:{call.operation}"
    names = [params["Name"]] if params.get("Name") else params.get("Names") or []
    if call.operation in ("GetParameter", "GetParameters", "PutParameter", "DeleteParameter"):
        return [(action, parameter_arn(call, name), {}) for name in names] or [(action, "*", {})]
    instances = [params["Target"]] if params.get("Target") else params.get("InstanceIds") or []
    found: list[Need] = []
    for instance in instances:
        more = resource_tags(needs_compute.instance_tags(instance, call.region))
        ssm = {key.replace("aws:resourcetag/", "ssm:resourcetag/"): value for key, value in more.items()}
        found.append((action, arn(call, "ec2", f"instance/{instance}"), more | ssm))
    if params.get("DocumentName"):
        owner = "" if params["DocumentName"].startswith("AWS-") else ACCOUNT
        document = f"arn:{PARTITION}:ssm:{call.region}:{owner}:document/{params['DocumentName']}"
        found.append((action, document, {}))
    return found or [(action, "*", {})]


def parameter_arn(call: Call, name: str) -> str:
    """The ARN of a parameter; those of AWS belong to no account."""
    owner = "" if name.startswith("/aws/service/") else ACCOUNT
    return f"arn:{PARTITION}:ssm:{call.region}:{owner}:parameter/{name.lstrip('/')}"


def _logs(call: Call) -> list[Need]:
    params = call.params
    group = params.get("logGroupName") or params.get("logGroupIdentifier") or ""
    if group.startswith("arn:"):
        return [(f"logs:{call.operation}", group, {})]
    if not group:
        found = params.get("logGroupIdentifiers") or []
        return [(f"logs:{call.operation}", each, {}) for each in found] or [(f"logs:{call.operation}", "*", {})]
    stream = params.get("logStreamName")
    rest = f"log-group:{group}:log-stream:{stream}" if stream else f"log-group:{group}"
    return [(f"logs:{call.operation}", arn(call, "logs", rest), {})]
