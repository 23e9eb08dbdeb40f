"""Change sets: made beside the call that asks for them, shown, executed, deleted."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..identity import role_of
from ..lab import ACCOUNT, PARTITION, lab
from . import request, work
from .changes import Change, compare
from .model import Stack, stacks, timestamp
from .parameters import described
from .template import check_capabilities, refuse

EMPTY = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass
class ChangeSet:
    """A change set."""

    name: str
    kind: str
    stack: Stack
    wanted: dict[str, Any]
    description: str = ""
    id: str = ""
    status: str = "CREATE_PENDING"
    execution: str = "UNAVAILABLE"
    reason: str = ""
    on_failure: str = ""
    changes: list[Change] = field(default_factory=list)
    created: datetime = field(default_factory=timestamp)


def not_found(name: str) -> ApiError:
    """CloudFormation's answer when there is no such change set."""
    return ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def find(call: Call) -> ChangeSet:
    """The change set that a call is about."""
    name, stack_name = call.params["ChangeSetName"], call.params.get("StackName")
    if name.startswith("arn:"):
        for stack in stacks.all:
            for each in stack.changes.values():
                if each.id == name:
                    return each
        raise not_found(name)
    if not stack_name:
        raise refuse("StackName must be specified if ChangeSetName is not specified as an ARN.")
    found = stacks.get(stack_name, call.region).changes.get(name)
    if found is None:
        raise not_found(name)
    return found


@handles("cloudformation", "CreateChangeSet")
def create_change_set(call: Call) -> dict[str, Any]:
    params = call.params
    kind = params.get("ChangeSetType", "UPDATE")
    stack = stacks.find(params["StackName"], call.region)
    if kind == "CREATE":
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise ApiError(
                "AlreadyExistsException",
                f"Stack [{stack.name}] already exists and cannot be created again with the changeSet",
            )
        if stack is None:
            request.check_name(params["StackName"])
    elif stack is None or stack.status == "REVIEW_IN_PROGRESS":
        raise refuse(f"Stack [{params['StackName']}] does not exist")
    elif not request.can_update(stack):
        raise refuse(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
    wanted = request.wanted(call, stack if kind == "UPDATE" else None)
    check_capabilities(wanted["template"], params.get("Capabilities") or [])
    with stacks.lock:
        if stack is None:
            stack = Stack(params["StackName"], call.region)
            stack.template = {"Resources": {}}
            stacks.all.append(stack)
            stack.turn("REVIEW_IN_PROGRESS", "User Initiated")
        if params["ChangeSetName"] in stack.changes:
            raise ApiError(
                "AlreadyExistsException",
                f"ChangeSet {params['ChangeSetName']} cannot be created due to a "
                "mismatch with existing attribute Template",
            )
        made = ChangeSet(params["ChangeSetName"], kind, stack, wanted, params.get("Description", ""))
        made.on_failure = params.get("OnStackFailure", "")
        made.id = f"arn:{PARTITION}:cloudformation:{call.region}:{ACCOUNT}:changeSet/{made.name}/{uuid.uuid4()}"
        wanted["role"] = params.get("RoleARN") or stack.role
        wanted["owner"] = role_of(call.caller) if lab.settings.enforce_iam else ""
        wanted["capabilities"] = params.get("Capabilities") or []
        stack.changes[made.name] = made
    lab.start(_prepare, made)
    return {"Id": made.id, "StackId": stack.id}


def _prepare(made: ChangeSet) -> None:
    made.status = "CREATE_IN_PROGRESS"
    time.sleep(lab.settings.change_set_delay)
    try:
        made.changes = compare(made.stack, made.wanted)
    except ApiError as error:
        made.status, made.reason = "FAILED", error.message
        return
    if not made.changes and same_outside(made.stack, made.wanted):
        made.status, made.reason = "FAILED", EMPTY
        return
    made.execution, made.status = "AVAILABLE", "CREATE_COMPLETE"


def same_outside(stack: Stack, wanted: dict[str, Any]) -> bool:
    """Whether nothing but resources could differ, and does not."""
    outputs = stack.template.get("Outputs") or {}
    return outputs == (wanted["template"].get("Outputs") or {}) and stack.tags == wanted["tags"]


@handles("cloudformation", "DescribeChangeSet")
def describe_change_set(call: Call) -> dict[str, Any]:
    made = find(call)
    start = int(call.params.get("NextToken") or 0)
    shown = made.changes[start : start + 100]
    result = {
        "ChangeSetName": made.name,
        "ChangeSetId": made.id,
        "StackId": made.stack.id,
        "StackName": made.stack.name,
        "Description": made.description,
        "Parameters": described(made.wanted["template"], made.wanted["parameters"], made.stack.region),
        "CreationTime": made.created,
        "ExecutionStatus": made.execution,
        "Status": made.status,
        "Capabilities": made.wanted["capabilities"],
        "Tags": made.wanted["tags"],
        "Changes": [each.described() for each in shown],
    }
    if made.reason:
        result["StatusReason"] = made.reason
    if start + 100 < len(made.changes):
        result["NextToken"] = str(start + 100)
    return result


@handles("cloudformation", "ListChangeSets")
def list_change_sets(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    return {
        "Summaries": [
            {
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": each.id,
                "ChangeSetName": each.name,
                "ExecutionStatus": each.execution,
                "Status": each.status,
                "StatusReason": each.reason,
                "CreationTime": each.created,
                "Description": each.description,
            }
            for each in stack.changes.values()
        ]
    }


@handles("cloudformation", "DeleteChangeSet")
def delete_change_set(call: Call) -> dict[str, Any]:
    try:
        made = find(call)
    except ApiError as error:
        if error.code == "ChangeSetNotFound":
            return {}
        raise
    made.stack.changes.pop(made.name, None)
    return {}


@handles("cloudformation", "ExecuteChangeSet")
def execute_change_set(call: Call) -> dict[str, Any]:
    made = find(call)
    stack = made.stack
    if made.execution != "AVAILABLE":
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{made.id}] cannot be executed in its current status of [{made.status}]",
        )
    with _executing:
        if stack.in_progress:
            raise refuse(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        made.execution = "EXECUTE_IN_PROGRESS"
        stack.token = call.params.get("ClientRequestToken", "")
        stack.role, stack.owner = made.wanted["role"], made.wanted["owner"]
        stack.capabilities = made.wanted["capabilities"]
        if call.params.get("DisableRollback") in (True, "true") or made.on_failure == "DO_NOTHING":
            stack.on_failure = "DO_NOTHING"
        elif made.on_failure:
            stack.on_failure = made.on_failure
        for name in [each for each in stack.changes if each != made.name]:
            del stack.changes[name]
        stack.executed = made.id
        made.execution = "EXECUTE_COMPLETE"
        if made.kind == "CREATE":
            for name in ("template", "body", "parameters", "tags"):
                setattr(stack, name, made.wanted[name])
            stack.turn("CREATE_IN_PROGRESS", "User Initiated")
            work.begin(stack, work.create)
        else:
            stack.updated = timestamp()
            stack.turn("UPDATE_IN_PROGRESS", "User Initiated")
            work.begin(stack, work.update, made.wanted)
    return {}


_executing = threading.Lock()
