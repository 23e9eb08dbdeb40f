"""SignalResource: what instances tell a stack that waits for them."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..front import handles
from .model import stacks
from .template import refuse


@handles("cloudformation", "SignalResource")
def signal_resource(call: Call) -> dict[str, Any]:
    params = call.params
    name, logical = params["StackName"], params["LogicalResourceId"]
    unique, status = params["UniqueId"], params["Status"]
    if status not in ("SUCCESS", "FAILURE"):
        raise refuse(
            f"1 validation error detected: Value '{status}' at 'status' failed to satisfy constraint: Member "
            "must satisfy enum value set: [SUCCESS, FAILURE]"
        )
    if not 1 <= len(unique) <= 64:
        raise refuse(
            "1 validation error detected: Value at 'uniqueId' failed to satisfy constraint: Member must have "
            "length less than or equal to 64"
        )
    stack = stacks.find(name, call.region)
    if stack is None:
        raise refuse(f"Stack '{name}' does not exist")
    with stack.lock:
        waiting = stack.waiting.get(logical)
        if not stack.in_progress:
            raise refuse(f"Stack {stack.id} is in {stack.status} state and can not be signaled")
        if logical not in stack.resources:
            raise refuse(f"Resource {logical} does not exist for stack {stack.name}")
        if waiting is None:
            raise refuse(f"Resource {logical} is in {stack.resources[logical].status} state and can not be signaled")
        # CloudFormation counts a signal once, whatever a second one with the same id says.
        waiting.received.setdefault(unique, status)
    return {}
