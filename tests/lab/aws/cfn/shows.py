"""CloudFormation's operations that only show: stacks, events, resources, templates."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..front import handles
from . import request
from .model import Resource, Stack, stacks
from .parameters import described
from .template import read, refuse, required_capabilities

PAGE = 100


def _page(items: list[Any], call: Call, size: int = PAGE) -> tuple[list[Any], dict[str, str]]:
    start = int(call.params.get("NextToken") or 0)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


def _describe(stack: Stack) -> dict[str, Any]:
    with stack.lock:
        found: dict[str, Any] = {
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": stack.template.get("Description"),
            "Parameters": described(stack.template, stack.parameters, stack.region),
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "RollbackConfiguration": {},
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "DisableRollback": stack.on_failure == "DO_NOTHING",
            "NotificationARNs": [],
            "TimeoutInMinutes": stack.timeout_minutes or None,
            "Capabilities": stack.capabilities,
            "Outputs": stack.outputs,
            "RoleARN": stack.role or None,
            "Tags": stack.tags,
            "EnableTerminationProtection": stack.protected,
            "ChangeSetId": stack.executed or None,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    return {name: value for name, value in found.items() if value is not None}


@handles("cloudformation", "DescribeStacks")
def describe_stacks(call: Call) -> dict[str, Any]:
    name = call.params.get("StackName")
    if name:
        return {"Stacks": [_describe(stacks.get(name, call.region))]}
    shown, more = _page(stacks.live(call.region), call)
    return {"Stacks": [_describe(each) for each in shown], **more}


@handles("cloudformation", "ListStacks")
def list_stacks(call: Call) -> dict[str, Any]:
    wanted = set(call.params.get("StackStatusFilter") or [])
    found = [each for each in reversed(stacks.all) if each.region == call.region]
    found = [each for each in found if not wanted or each.status in wanted]
    shown, more = _page(found, call)
    summaries = []
    for stack in shown:
        each = {
            "StackId": stack.id,
            "StackName": stack.name,
            "TemplateDescription": stack.template.get("Description"),
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
        summaries.append({name: value for name, value in each.items() if value is not None})
    return {"StackSummaries": summaries, **more}


@handles("cloudformation", "DescribeStackEvents")
def describe_stack_events(call: Call) -> dict[str, Any]:
    name = call.params.get("StackName", "")
    stack = stacks.find(name, call.region)
    if stack is None:
        raise refuse(f"Stack [{name}] does not exist")
    with stack.lock:
        events = list(stack.events)
    # Newest first; a token counts from the oldest, so that new events shift no page.
    last = int(call.params.get("NextToken") or len(events))
    first = max(0, last - PAGE)
    more = {"NextToken": str(first)} if first > 0 else {}
    return {"StackEvents": list(reversed(events[first:last])), **more}


def _resource(stack: Stack, resource: Resource, time_name: str) -> dict[str, Any]:
    each = {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical,
        "ResourceType": resource.kind,
        time_name: resource.at,
        "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if resource.physical:
        each["PhysicalResourceId"] = resource.physical
    if resource.reason:
        each["ResourceStatusReason"] = resource.reason
    return each


@handles("cloudformation", "DescribeStackResources")
def describe_stack_resources(call: Call) -> dict[str, Any]:
    name, physical = call.params.get("StackName"), call.params.get("PhysicalResourceId")
    if name:
        stack = stacks.get(name, call.region)
    else:
        owners = [
            each for each in stacks.live(call.region) if any(r.physical == physical for r in each.resources.values())
        ]
        if not owners:
            raise refuse(f"Stack for {physical} does not exist")
        stack = owners[0]
    only = call.params.get("LogicalResourceId")
    found = [each for each in list(stack.resources.values()) if only in (None, each.logical)]
    return {"StackResources": [_resource(stack, each, "Timestamp") for each in found[:PAGE]]}


@handles("cloudformation", "DescribeStackResource")
def describe_stack_resource(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    resource = stack.resources.get(call.params["LogicalResourceId"])
    if resource is None:
        raise refuse(f"Resource {call.params['LogicalResourceId']} does not exist for stack {stack.name}")
    return {"StackResourceDetail": _resource(stack, resource, "LastUpdatedTimestamp")}


@handles("cloudformation", "ListStackResources")
def list_stack_resources(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    shown, more = _page(list(stack.resources.values()), call)
    return {"StackResourceSummaries": [_resource(stack, each, "LastUpdatedTimestamp") for each in shown], **more}


@handles("cloudformation", "GetTemplate")
def get_template(call: Call) -> dict[str, Any]:
    if call.params.get("ChangeSetName"):
        from . import changesets

        return {"TemplateBody": changesets.find(call).wanted["body"], "StagesAvailable": ["Original", "Processed"]}
    stack = stacks.get(call.params["StackName"], call.region)
    return {"TemplateBody": stack.body, "StagesAvailable": ["Original", "Processed"]}


@handles("cloudformation", "GetTemplateSummary", "ValidateTemplate")
def get_template_summary(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region) if call.params.get("StackName") else None
    template = read(stack.body if stack else request.body_of(call, None))
    needed = required_capabilities(template)
    result: dict[str, Any] = {
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": str(each["Default"]) if "Default" in each else None,
                "ParameterType": each.get("Type", "String"),
                "NoEcho": str(each.get("NoEcho", "")).lower() == "true",
                "Description": each.get("Description"),
            }
            for name, each in (template.get("Parameters") or {}).items()
        ],
        "Description": template.get("Description"),
        "Capabilities": needed,
    }
    if needed:
        result["CapabilitiesReason"] = (
            "The following resource(s) require capabilities: ["
            + ", ".join(
                sorted(
                    {each["Type"] for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")}
                )
            )
            + "]"
        )
    if call.operation == "GetTemplateSummary":
        result["ResourceTypes"] = sorted({each["Type"] for each in template["Resources"].values()})
    return result


@handles("cloudformation", "GetStackPolicy", "SetStackPolicy")
def stack_policy(call: Call) -> dict[str, Any]:
    stack = stacks.get(call.params["StackName"], call.region)
    if call.operation == "SetStackPolicy":
        stack.policy = call.params.get("StackPolicyBody", "")  # type: ignore[attr-defined]
        return {}
    return {"StackPolicyBody": getattr(stack, "policy", "")}
