"""The operations on whole stacks, each beside the call that ordered it: create, update, delete, and their ways back."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any

from ..lab import lab
from .changes import Change, compare
from .maker import Cancelled, Maker, ResourceFailed, Superseded
from .model import Resource, Stack, timestamp
from .template import order


def begin(stack: Stack, task: Callable[..., None], *arguments: Any) -> None:
    """Starts an operation; whatever ran before is superseded."""
    with stack.lock:
        stack.work += 1
        stack.cancelled = False
        work = stack.work

    def run() -> None:
        try:
            task(stack, work, *arguments)
        except Superseded:
            return
        except Exception:
            traceback.print_exc()
            stack.turn(stack.status.replace("_IN_PROGRESS", "_FAILED"), "Internal Failure")

    lab.start(run)


def create(stack: Stack, work: int) -> None:
    """Makes every resource of a new stack."""
    maker = Maker(stack, stack.template, stack.parameters, stack.tags, work)
    for logical in order(stack.template["Resources"]):
        if not maker.exists(logical):
            continue
        try:
            maker.create(logical)
        except ResourceFailed as error:
            _creation_failed(stack, maker, error)
            return
    try:
        _write_outputs(stack, maker)
    except ResourceFailed as error:
        _creation_failed(stack, maker, error)
        return
    maker.check()
    _settle(stack)
    stack.turn("CREATE_COMPLETE")


def _creation_failed(stack: Stack, maker: Maker, error: ResourceFailed) -> None:
    reason = f"The following resource(s) failed to create: [{error.logical}]. "
    if stack.on_failure == "DO_NOTHING":
        stack.turn("CREATE_FAILED", reason)
        return
    first, last = ("DELETE", "DELETE") if stack.on_failure == "DELETE" else ("ROLLBACK", "ROLLBACK")
    stack.turn(f"{first}_IN_PROGRESS", f"{reason}{'Delete' if first == 'DELETE' else 'Rollback'} requested by user.")
    failed = _delete_all(stack, maker, after_failure=True)
    if failed:
        stack.turn(f"{last}_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    maker.check()
    stack.turn(f"{last}_COMPLETE")
    if last == "DELETE":
        stack.deleted = timestamp()


def delete(stack: Stack, work: int, retain: list[str]) -> None:
    """Deletes every resource of a stack."""
    maker = Maker(stack, stack.template, stack.parameters, stack.tags, work)
    failed = _delete_all(stack, maker, retain=retain)
    if failed:
        stack.turn("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    maker.check()
    stack.turn("DELETE_COMPLETE")
    stack.deleted = timestamp()


def _delete_all(stack: Stack, maker: Maker, after_failure: bool = False, retain: list[str] | None = None) -> list[str]:
    failed = []
    for logical in reversed(order({each.logical: each.definition for each in stack.resources.values()})):
        resource = stack.resources[logical]
        if resource.status in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
            continue
        keep = _is_kept(resource, after_failure and resource.new) or logical in (retain or [])
        try:
            maker.delete(resource, keep)
        except ResourceFailed as error:
            failed.append(error.logical)
    return failed


def _is_kept(resource: Resource, just_made: bool) -> bool:
    policy = resource.definition.get("DeletionPolicy", "Delete")
    return policy == "Retain" or (policy in ("RetainExceptOnCreate", "Snapshot") and not just_made)


def _settle(stack: Stack) -> None:
    for resource in stack.resources.values():
        resource.new = False


def _write_outputs(stack: Stack, maker: Maker) -> None:
    stack.outputs = outputs(stack.template, maker)


def outputs(template: dict[str, Any], maker: Maker) -> list[dict[str, str]]:
    """The outputs of a stack."""
    found = []
    for name, output in (template.get("Outputs") or {}).items():
        condition = output.get("Condition")
        if condition is not None and not maker.values.condition(condition):
            continue
        value = maker.values.of(output["Value"])
        each = {"OutputKey": name, "OutputValue": value if isinstance(value, str) else str(value)}
        if output.get("Description"):
            each["Description"] = output["Description"]
        found.append(each)
    return found


def update(stack: Stack, work: int, wanted: dict[str, Any]) -> None:
    """Brings a stack to another template, parameters and tags; back again if that fails."""
    before = {
        "template": stack.template,
        "body": stack.body,
        "parameters": stack.parameters,
        "tags": stack.tags,
        "outputs": stack.outputs,
    }
    old = {name: (dict(each.properties), each.definition) for name, each in stack.resources.items()}
    maker = Maker(stack, wanted["template"], wanted["parameters"], wanted["tags"], work)
    replaced: list[Resource] = []
    try:
        changes = compare(stack, wanted)
        _apply(stack, maker, changes, replaced)
        if stack.cancelled:
            raise Cancelled
        stack.outputs = outputs(wanted["template"], maker)
    except (ResourceFailed, Cancelled) as error:
        reason = "User Initiated"
        if isinstance(error, ResourceFailed):
            reason = f"The following resource(s) failed to update: [{error.logical}]. "
        stack.turn("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        roll_back(stack, work, before, old, replaced)
        return
    stack.template, stack.body = wanted["template"], wanted["body"]
    stack.parameters, stack.tags = wanted["parameters"], wanted["tags"]
    stack.turn("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    gone = [each.logical for each in changes if each.action == "Remove"]
    for resource in [stack.resources[name] for name in gone] + replaced:
        keep = _is_kept(resource, False) if resource not in replaced else _keeps_replaced(resource)
        with contextlib.suppress(ResourceFailed):
            maker.delete(resource, keep)
        if resource not in replaced:
            stack.resources.pop(resource.logical, None)
    maker.check()
    _settle(stack)
    stack.turn("UPDATE_COMPLETE")


def _keeps_replaced(resource: Resource) -> bool:
    return resource.definition.get("UpdateReplacePolicy", "Delete") != "Delete"


def _apply(stack: Stack, maker: Maker, changes: list[Change], replaced: list[Resource]) -> None:
    by_name = {each.logical: each for each in changes}
    for logical in order(maker.template["Resources"]):
        if not maker.exists(logical):
            continue
        if stack.cancelled:
            raise Cancelled
        if logical not in stack.resources:
            maker.create(logical)
            continue
        resource = stack.resources[logical]
        properties = maker.wanted(logical)
        change = by_name.get(logical)
        definition = maker.template["Resources"][logical]
        if properties == resource.properties and not (change and change.tags):
            resource.definition = definition
            continue
        replace = change is not None and change.must_replace(resource.properties, properties)
        old = maker.update(logical, properties, replace)
        if old is not None:
            replaced.append(old)


def roll_back(stack: Stack, work: int, before: dict[str, Any], old: dict[str, Any], replaced: list[Resource]) -> None:
    """Puts every resource back to what it was before a failed update."""
    maker = Maker(stack, before["template"], before["parameters"], before["tags"], work)
    for resource in replaced:
        stack.resources[resource.logical] = resource
    failed = []
    for logical, (properties, _) in old.items():
        resource = stack.resources[logical]
        if resource.properties == properties and resource.status != "UPDATE_FAILED":
            continue
        try:
            maker.update(logical, properties, replace=False)
        except ResourceFailed as error:
            failed.append(error.logical)
    if failed:
        stack.before = (before, old)  # type: ignore[attr-defined]
        text = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
        stack.turn("UPDATE_ROLLBACK_FAILED", text)
        return
    for name, value in before.items():
        setattr(stack, name, value)
    stack.turn("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    for logical in [name for name in stack.resources if name not in old]:
        with contextlib.suppress(ResourceFailed):
            maker.delete(stack.resources[logical], False)
        stack.resources.pop(logical, None)
    maker.check()
    stack.turn("UPDATE_ROLLBACK_COMPLETE")


def continue_rollback(stack: Stack, work: int, skip: list[str]) -> None:
    """Tries again to come back from a failed update."""
    before: dict[str, Any]
    old: dict[str, Any]
    before, old = getattr(stack, "before", ({}, {}))
    for logical in skip:
        if logical in stack.resources and logical in old:
            stack.resources[logical].properties = old[logical][0]
            stack.resources[logical].status = "UPDATE_COMPLETE"
    if not before:
        stack.turn("UPDATE_ROLLBACK_COMPLETE")
        return
    roll_back(stack, work, before, old, [])
