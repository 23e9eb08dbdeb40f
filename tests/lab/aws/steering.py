"""The control API's tasks that steer what lives: stacks, groups and instances."""

from __future__ import annotations

import fnmatch
from typing import Any

from .control import task
from .lab import ACCOUNT, PARTITION, lab


@task("POST", "/lab/freeze")
def freeze(values: dict[str, Any]) -> Any:
    with lab.lock:
        lab.frozen.append(values["stack"])
        return {"frozen": lab.frozen}


@task("POST", "/lab/unfreeze")
def unfreeze(values: dict[str, Any]) -> Any:
    with lab.lock:
        wanted = values.get("stack")
        lab.frozen[:] = [each for each in lab.frozen if wanted is not None and each != wanted]
        return {"frozen": lab.frozen}


@task("POST", "/lab/stack-status")
def stack_status(values: dict[str, Any]) -> Any:
    from .cfn.api import force

    force(
        values["stack"],
        values.get("region", ""),
        values["status"],
        values.get("reason", ""),
        values.get("resource", ""),
    )


@task("POST", "/lab/scheduled-actions/run")
def run_scheduled(values: dict[str, Any]) -> Any:
    from .scaling import engine
    from .scaling.model import groups

    ran = []
    for group in list(groups.all):
        if fnmatch.fnmatchcase(group.name, values.get("group", "*")):
            for name in list(group.scheduled):
                engine.run_scheduled(group, name)
                ran.append(name)
    return {"ran": ran}


@task("POST", "/lab/time-is-up")
def time_is_up(values: dict[str, Any]) -> Any:
    """The time limits of creation policies and lifecycle hooks that run now are over."""
    from .cfn.model import stacks
    from .scaling.model import groups

    ended = []
    for stack in list(stacks.all):
        if "stack" in values and fnmatch.fnmatchcase(stack.name, values["stack"]):
            for logical, signals in stack.waiting.items():
                signals.deadline = 0.0
                ended.append(f"{stack.name} {logical}")
    for group in list(groups.all):
        if "group" in values and fnmatch.fnmatchcase(group.name, values["group"]):
            for member in list(group.members):
                ended += [f"{member.id} {name}" for name in member.waits]
                member.waits = {name: (token, 0.0) for name, (token, _) in member.waits.items()}
    return {"ended": ended}


@task("GET", "/lab/instances")
def instances(_: Any) -> Any:
    from .instances import shown

    return {"instances": shown()}


@task("POST", "/lab/instances/serving")
def serving(values: dict[str, Any]) -> Any:
    from .instances import played
    from .standin.standin import StandIn

    found = played.get(values["id"])
    if not isinstance(found, StandIn):
        raise ValueError(f"there is no stand-in `{values['id']}`")
    found.serving = bool(values["serving"])


@task("POST", "/lab/storage/age")
def age(values: dict[str, Any]) -> Any:
    """What is stored was written so many seconds earlier."""
    from datetime import timedelta

    from moto.s3.models import FakeKey, s3_backends

    older, aged = timedelta(seconds=float(values["seconds"])), []
    for bucket in s3_backends[ACCOUNT][PARTITION].buckets.values():
        for key in bucket.keys.values():
            if isinstance(key, FakeKey) and fnmatch.fnmatchcase(key.name, values.get("key", "*")):
                key.last_modified -= older
                aged.append(key.name)
    return {"aged": aged}
