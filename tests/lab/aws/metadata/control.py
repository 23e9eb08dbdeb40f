"""The control API's tasks on instance metadata: services of their own on this machine, facts, faults and requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..control import task
from .facts import Facts
from .server import Listener, listen_here
from .service import Metadata, checked_fault

# By instance id: those of machines, and those that a test asked for.
services: dict[str, Metadata] = {}
_listeners: dict[str, Listener] = {}


def service(values: dict[str, Any]) -> Metadata:
    """The metadata of the instance that a task names."""
    found = services.get(values["id"])
    if found is None:
        raise ValueError(f"there is no metadata of an instance `{values['id']}`; there is {', '.join(services)}")
    return found


def forget() -> None:
    """Everything is gone."""
    for each in _listeners.values():
        each.end()
    _listeners.clear()
    services.clear()


@task("POST", "/lab/metadata")
def make(values: dict[str, Any]) -> Any:
    facts = Facts()
    facts.change(values)
    made = Metadata(facts)
    services[facts.instance_id] = made
    listener = _listeners[facts.instance_id] = listen_here(made)
    return {"id": facts.instance_id, "endpoint": listener.endpoint}


@task("POST", "/lab/metadata/end")
def end(values: dict[str, Any]) -> Any:
    service(values)
    found = _listeners.pop(values["id"], None)
    if found is None:
        raise ValueError("the metadata of a machine ends with the machine")
    found.end()
    del services[values["id"]]


@task("POST", "/lab/metadata/change")
def change(values: dict[str, Any]) -> Any:
    found = service(values)
    found.facts.change({name: value for name, value in values.items() if name != "id"})


@task("POST", "/lab/metadata/faults")
def add_fault(values: dict[str, Any]) -> Any:
    found = service(values)
    found.faults.append(checked_fault({name: value for name, value in values.items() if name != "id"}))


@task("DELETE", "/lab/metadata/faults")
def forget_faults(values: dict[str, Any]) -> Any:
    service(values).faults.clear()


@task("POST", "/lab/metadata/credentials")
def renew(values: dict[str, Any]) -> Any:
    """From now on sessions live so many seconds, and the present one is replaced."""
    credentials = service(values).credentials
    if "seconds" in values:
        credentials.life = timedelta(seconds=float(values["seconds"]))
    credentials.forget()


@task("POST", "/lab/metadata/forget-tokens")
def forget_tokens(values: dict[str, Any]) -> Any:
    service(values).forget_tokens()


@task("GET", "/lab/metadata/requests")
def requests(values: dict[str, Any]) -> Any:
    every = service(values).calls()
    return {"requests": every, "without_token": [each for each in every if _is_first_version(each)]}


def _is_first_version(request: dict[str, Any]) -> bool:
    return request["token"] == "none" and not request["path"].endswith("/api/token")
