"""Auto Scaling's operations on lifecycle hooks, and on the instances that they hold."""

from __future__ import annotations

from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..lab import lab, now
from . import engine
from .model import HELD, Group, Hook, Member, groups


def refuse(message: str) -> ApiError:
    """Auto Scaling's answer to a wrong request."""
    return ApiError("ValidationError", message)


def _group(call: Call) -> Group:
    return groups.get(call.params["AutoScalingGroupName"], call.region)


def check_hook(hook: Hook) -> None:
    """Refuses a hook that Auto Scaling would not take."""
    if not 30 <= hook.timeout <= 7200:
        raise refuse("Heartbeat timeout must be between 30 and 7200 seconds")
    if hook.default not in ("CONTINUE", "ABANDON"):
        raise refuse("Invalid default result; must be CONTINUE or ABANDON")


@handles("autoscaling", "PutLifecycleHook")
def put_lifecycle_hook(call: Call) -> dict[str, Any]:
    params = call.params
    with groups.lock:
        hook = Hook(params["LifecycleHookName"], params.get("LifecycleTransition", ""))
        hook.timeout = int(params.get("HeartbeatTimeout", 3600))
        hook.default = params.get("DefaultResult", "ABANDON")
        check_hook(hook)
        _group(call).hooks[hook.name] = hook
    return {}


@handles("autoscaling", "DeleteLifecycleHook")
def delete_lifecycle_hook(call: Call) -> dict[str, Any]:
    with groups.lock:
        _group(call).hooks.pop(call.params["LifecycleHookName"], None)
    return {}


@handles("autoscaling", "DescribeLifecycleHooks")
def describe_lifecycle_hooks(call: Call) -> dict[str, Any]:
    group = _group(call)
    return {
        "LifecycleHooks": [
            {
                "LifecycleHookName": each.name,
                "AutoScalingGroupName": group.name,
                "LifecycleTransition": each.transition,
                "HeartbeatTimeout": each.timeout,
                "GlobalTimeout": each.timeout * 100,
                "DefaultResult": each.default,
            }
            for each in group.hooks.values()
        ]
    }


def _held(call: Call) -> tuple[Group, Member, str]:
    params = call.params
    group, name, token = _group(call), params["LifecycleHookName"], params.get("LifecycleActionToken")
    for member in group.members:
        named = member.id == params.get("InstanceId")
        by_token = token and name in member.waits and member.waits[name][0] == token
        if (named or by_token) and member.state in HELD and name in member.waits:
            return group, member, name
    raise refuse(f"No active Lifecycle Action found with instance ID {params.get('InstanceId', token)}")


@handles("autoscaling", "CompleteLifecycleAction")
def complete_lifecycle_action(call: Call) -> dict[str, Any]:
    with groups.lock:
        result = call.params["LifecycleActionResult"]
        if result not in ("CONTINUE", "ABANDON"):
            raise refuse("LifecycleActionResult must be CONTINUE or ABANDON")
        group, member, name = _held(call)
        engine.complete(group, member, name, result)
    groups.changed.set()
    return {}


@handles("autoscaling", "RecordLifecycleActionHeartbeat")
def record_lifecycle_action_heartbeat(call: Call) -> dict[str, Any]:
    with groups.lock:
        group, member, name = _held(call)
        token, _ = member.waits[name]
        member.waits[name] = (token, now() + lab.scaled(group.hooks[name].timeout))
    return {}
