"""SSM Run Command: who is registered, commands on instances, and what became of them."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .call import ApiError, Call
from .control import task
from .front import handles
from .instances import Ran, played
from .lab import ACCOUNT, lab

MOST_INSTANCES = 50
SHORTEST_DELIVERY = 30
LONGEST_OUTPUT = 24_000
DOCUMENT = "AWS-RunShellScript"
REACHES = {
    "online": "its SSM agent runs what it is sent",
    "unregistered": "SSM has never heard of it",
    "lost": "SSM has not heard its agent for a while",
    "deaf": "its agent pings and fetches nothing: delivery times out",
    "hangs": "commands begin there and never end: execution times out",
}


@dataclass
class Invocation:
    """A command on one instance."""

    instance: str
    status: str = "Pending"
    details: str = "Pending"
    ran: Ran = field(default_factory=lambda: Ran(-1))
    cancelled: threading.Event = field(default_factory=threading.Event)

    def end(self, status: str, details: str, ran: Ran | None = None) -> None:
        self.ran = ran or self.ran
        self.status, self.details = status, details


@dataclass
class Command:
    """What was sent."""

    region: str
    lines: list[str]
    comment: str
    delivery: float
    limit: float
    invocations: dict[str, Invocation]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


commands: dict[str, Command] = {}
# Which instances are not reached as usual.
reach: dict[str, str] = {}


def forget() -> None:
    """Everything is as at the start."""
    commands.clear()
    reach.clear()


@task("POST", "/lab/instances/reach")
def set_reach(values: dict[str, Any]) -> Any:
    """How SSM reaches an instance, or all of them: `*`."""
    if values["reach"] not in REACHES:
        raise ValueError(f"no reach is called `{values['reach']}`; there are {', '.join(REACHES)}")
    reach[values["id"]] = values["reach"]
    return {"reach": reach}


@task("GET", "/lab/commands")
def sent(_: Any) -> Any:
    """What was sent, oldest first."""
    return {
        "commands": [
            {"comment": each.comment, "lines": each.lines, "instances": list(each.invocations)}
            for each in commands.values()
        ]
    }


def _reach(instance: str) -> str:
    return reach.get(instance, reach.get("*", "online"))


def _instance(name: str, region: str) -> Any:
    found = played.get(name)
    return found if found is not None and found.region == region else None


def _is_registered(name: str, region: str) -> bool:
    return _instance(name, region) is not None and _reach(name) != "unregistered"


def is_heard(name: str, region: str) -> bool:
    """Whether SSM hears the agent of an instance."""
    return _is_registered(name, region) and _reach(name) != "lost" and bool(_instance(name, region).hears())


@handles("ssm", "DescribeInstanceInformation")
def describe_instance_information(call: Call) -> dict[str, Any]:
    wanted: list[str] | None = None
    for each in call.params.get("Filters") or []:
        if each["Key"] != "InstanceIds":
            raise ApiError("InvalidFilterKey", f"The emulator knows no filter `{each['Key']}`")
        wanted = each["Values"]
    found = []
    for name in sorted(played if wanted is None else wanted):
        if _is_registered(name, call.region):
            found.append(
                {
                    "InstanceId": name,
                    "PingStatus": "Online" if is_heard(name, call.region) else "ConnectionLost",
                    "LastPingDateTime": datetime.now(timezone.utc),
                    "AgentVersion": "3.3.3050.0",
                    "PlatformType": "Linux",
                    "ResourceType": "EC2Instance",
                }
            )
    return _page(call, "InstanceInformationList", found)


@handles("ssm", "SendCommand")
def send_command(call: Call) -> dict[str, Any]:
    params = call.params
    names, given = params.get("InstanceIds") or [], params.get("Parameters") or {}
    if not 1 <= len(names) <= MOST_INSTANCES:
        raise ApiError("ValidationException", f"A command has 1 to {MOST_INSTANCES} instances here")
    if params.get("DocumentName") != DOCUMENT:
        raise ApiError("InvalidDocument", f"document {params.get('DocumentName')} does not exist in your account")
    delivery = int(params.get("TimeoutSeconds", 3600))
    if delivery < SHORTEST_DELIVERY:
        text = "Value at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to"
        raise ApiError("ValidationException", f"1 validation error detected: {text} {SHORTEST_DELIVERY}")
    wrong = [name for name in names if not _is_registered(name, call.region)]
    if wrong:
        text = f"Instances [[{', '.join(wrong)}]] not in a valid state for account {ACCOUNT}"
        raise ApiError("InvalidInstanceId", text)
    limit = float(given.get("executionTimeout", ["3600"])[0])
    invocations = {name: Invocation(name) for name in names}
    made = Command(call.region, given["commands"], params.get("Comment", ""), delivery, limit, invocations)
    commands[made.id] = made
    for each in invocations.values():
        lab.start(_run, made, each)
    return {"Command": {"CommandId": made.id, "Status": "Pending", "InstanceIds": names, "DocumentName": DOCUMENT}}


def _run(command: Command, invocation: Invocation) -> None:
    name, waiting = invocation.instance, invocation.cancelled
    kind, instance = _reach(name), _instance(name, command.region)
    if kind == "deaf" or instance is None or not instance.hears():
        if waiting.wait(lab.scaled(command.delivery)):
            invocation.end("Cancelled", "Cancelled")
        else:
            invocation.end("TimedOut", "DeliveryTimedOut")
        return
    invocation.end("InProgress", "InProgress")
    limit = lab.scaled(command.limit)
    try:
        if kind == "hangs":
            raise InterruptedError if waiting.wait(limit) else TimeoutError
        ran = instance.command(command.lines, limit, waiting)
    except InterruptedError:
        invocation.end("Cancelled", "Cancelled")
        return
    except TimeoutError:
        invocation.end("TimedOut", "ExecutionTimedOut")
        return
    except ConnectionError:
        # SSM is never told the end of what an instance took with it.
        return
    ended = "Success" if ran.exit_code == 0 else "Failed"
    if ran.exit_code:
        ran.stderr += f"failed to run commands: exit status {ran.exit_code}"
    invocation.end(ended, ended, ran)


@handles("ssm", "CancelCommand")
def cancel_command(call: Call) -> dict[str, Any]:
    command = commands.get(call.params["CommandId"])
    if command is None or command.region != call.region:
        raise ApiError("InvalidCommandId", "")
    for each in command.invocations.values():
        each.cancelled.set()
    return {}


@handles("ssm", "ListCommandInvocations")
def list_command_invocations(call: Call) -> dict[str, Any]:
    command, instance = call.params.get("CommandId"), call.params.get("InstanceId")
    found = [
        {
            "CommandId": each.id,
            "InstanceId": invocation.instance,
            "Comment": each.comment,
            "DocumentName": DOCUMENT,
            "RequestedDateTime": each.sent,
            "Status": invocation.status,
            "StatusDetails": invocation.details,
        }
        for each in list(commands.values())
        for invocation in each.invocations.values()
        if each.region == call.region and command in (None, each.id) and instance in (None, invocation.instance)
    ]
    return _page(call, "CommandInvocations", found)


@handles("ssm", "GetCommandInvocation")
def get_command_invocation(call: Call) -> dict[str, Any]:
    command = commands.get(call.params["CommandId"])
    invocation = command.invocations.get(call.params["InstanceId"]) if command else None
    if command is None or invocation is None or command.region != call.region:
        raise ApiError("InvocationDoesNotExist", "")
    return {
        "CommandId": command.id,
        "InstanceId": invocation.instance,
        "Comment": command.comment,
        "DocumentName": DOCUMENT,
        "ResponseCode": invocation.ran.exit_code,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputContent": invocation.ran.stdout[:LONGEST_OUTPUT],
        "StandardErrorContent": invocation.ran.stderr[:LONGEST_OUTPUT],
    }


def _page(call: Call, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    begin, size = int(call.params.get("NextToken") or 0), int(call.params.get("MaxResults") or 50)
    answer: dict[str, Any] = {name: found[begin : begin + size]}
    if begin + size < len(found):
        answer["NextToken"] = str(begin + size)
    return answer
