"""CloudFormation's operations on stacks."""

from __future__ import annotations

from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..identity import role_of
from ..lab import lab
from . import changesets, request, work
from .changes import compare
from .model import Stack, stacks, timestamp
from .template import check_capabilities, refuse


@handles("cloudformation", "CreateStack")
def create_stack(call: Call) -> dict[str, Any]:
    params = call.params
    name = params["StackName"]
    request.check_name(name)
    with stacks.lock:
        found = stacks.find(name, call.region)
        if found is not None:
            token = params.get("ClientRequestToken")
            if token and token == found.token and found.status.startswith("CREATE_"):
                return {"StackId": found.id}
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
    wanted = request.wanted(call, None)
    check_capabilities(wanted["template"], params.get("Capabilities") or [])
    with stacks.lock:
        if stacks.find(name, call.region) is not None:
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = Stack(name, call.region)
        for each in ("template", "body", "parameters", "tags"):
            setattr(stack, each, wanted[each])
        stack.capabilities = params.get("Capabilities") or []
        stack.token = params.get("ClientRequestToken", "")
        stack.protected = _is_true(params.get("EnableTerminationProtection"))
        stack.timeout_minutes = int(params.get("TimeoutInMinutes") or 0)
        stack.on_failure = params.get("OnFailure") or (
            "DO_NOTHING" if _is_true(params.get("DisableRollback")) else "ROLLBACK"
        )
        _take_over_caller(stack, call)
        stacks.all.append(stack)
    stack.turn("CREATE_IN_PROGRESS", "User Initiated")
    work.begin(stack, work.create)
    return {"StackId": stack.id}


def _take_over_caller(stack: Stack, call: Call) -> None:
    stack.role = call.params.get("RoleARN") or stack.role
    stack.owner = role_of(call.caller) if lab.settings.enforce_iam else ""


def _is_true(value: Any) -> bool:
    return value in (True, "true", "True")


@handles("cloudformation", "UpdateStack")
def update_stack(call: Call) -> dict[str, Any]:
    params = call.params
    stack = stacks.get(params["StackName"], call.region)
    token = params.get("ClientRequestToken", "")
    with stack.lock:
        if token and token == stack.token and stack.status == "UPDATE_IN_PROGRESS":
            return {"StackId": stack.id}
        if not request.can_update(stack):
            raise refuse(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        wanted = request.wanted(call, stack)
        check_capabilities(wanted["template"], params.get("Capabilities") or [])
        if not compare(stack, wanted) and changesets.same_outside(stack, wanted):
            raise refuse("No updates are to be performed.")
        stack.token, stack.updated = token, timestamp()
        stack.capabilities = params.get("Capabilities") or []
        _take_over_caller(stack, call)
        stack.turn("UPDATE_IN_PROGRESS", "User Initiated")
    work.begin(stack, work.update, wanted)
    return {"StackId": stack.id}


@handles("cloudformation", "DeleteStack")
def delete_stack(call: Call) -> dict[str, Any]:
    params = call.params
    stack = stacks.find(params["StackName"], call.region)
    if stack is None or stack.deleted is not None:
        return {}
    with stack.lock:
        if stack.protected:
            raise refuse(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        if stack.in_progress and not stack.status.startswith("CREATE_"):
            raise refuse(f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        retain = params.get("RetainResources") or []
        forced = params.get("DeletionMode") == "FORCE_DELETE_STACK"
        if (retain or forced) and stack.status != "DELETE_FAILED":
            raise refuse(
                "Invalid operation on stack. RetainResources and FORCE_DELETE_STACK need a stack in DELETE_FAILED"
            )
        if forced:
            retain = [each.logical for each in stack.resources.values() if each.status == "DELETE_FAILED"]
        stack.token = params.get("ClientRequestToken", "")
        _take_over_caller(stack, call)
        stack.turn("DELETE_IN_PROGRESS", "User Initiated")
    work.begin(stack, work.delete, retain)
    return {}


@handles("cloudformation", "UpdateTerminationProtection")
def update_termination_protection(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    stack.protected = _is_true(call.params["EnableTerminationProtection"])
    return {"StackId": stack.id}


@handles("cloudformation", "CancelUpdateStack")
def cancel_update_stack(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    if stack.status != "UPDATE_IN_PROGRESS":
        raise refuse("CancelUpdateStack cannot be called from current stack status")
    stack.cancelled = True
    return {}


@handles("cloudformation", "ContinueUpdateRollback")
def continue_update_rollback(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise refuse(f"Stack:{stack.id} is in {stack.status} state and can not continue rolling back.")
    stack.turn("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    work.begin(stack, work.continue_rollback, call.params.get("ResourcesToSkip") or [])
    return {}


def force(name: str, region: str, status: str, reason: str, resource: str = "") -> None:
    """Gives a stack, or one of its resources, a status, as a test asks; whatever worked on it stops."""
    regions = [region] if region else sorted({each.region for each in stacks.all})
    stack = next((found for each in regions if (found := stacks.find(name, each))), None)
    if stack is None:
        raise ValueError(f"there is no stack `{name}`")
    with stack.lock:
        if resource:
            if resource not in stack.resources:
                raise ValueError(f"the stack has no resource `{resource}`")
            stack.turn_resource(stack.resources[resource], status, reason)
            return
        stack.work += 1
        stack.turn(status, reason)
        if status == "DELETE_COMPLETE":
            stack.deleted = timestamp()
