"""The control API: what a test asks of the emulator itself, as JSON under /lab/."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .call import Answer
from .lab import ACCOUNT, lab

Task = Callable[[Any], Any]
TASKS: dict[tuple[str, str], Task] = {}


def task(method: str, path: str) -> Callable[[Task], Task]:
    """Marks what a path of the control API does."""

    def mark(function: Task) -> Task:
        TASKS[method, path] = function
        return function

    return mark


def answer(environ: dict[str, Any], body: bytes) -> Answer:
    """The answer to a call of the control API."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/")
    function = TASKS.get((method, path))
    if function is None:
        known = sorted(f"{each[0]} {each[1]}" for each in TASKS)
        return _json(404, {"error": f"the control API has no {method} {path}", "known": known})
    try:
        values = json.loads(body) if body.strip() else {}
        if not isinstance(values, (dict, list)):
            raise ValueError("the body must be a JSON object")
        if isinstance(values, dict):
            values = dict(parse_qsl(environ.get("QUERY_STRING", ""))) | values
        return _json(200, function(values))
    except (ValueError, KeyError, TypeError) as error:
        text = f"it needs {error}" if isinstance(error, KeyError) else str(error)
        return _json(400, {"error": text})
    except Exception as error:
        traceback.print_exc()
        return _json(500, {"error": repr(error)})


def _json(status: int, value: Any) -> Answer:
    body = (json.dumps(value if value is not None else {}, default=str) + "\n").encode()
    return Answer(status, {"Content-Type": "application/json"}, body)


def _add(values: Any, into: list[Any], check: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, int]:
    each = [check(one) for one in (values if isinstance(values, list) else [values])]
    with lab.lock:
        into.extend(each)
        return {"count": len(into)}


@task("GET", "/lab")
def overview(_: dict[str, Any]) -> Any:
    from dataclasses import asdict

    from .machines import images

    return {
        "endpoint": lab.endpoint,
        "account": ACCOUNT,
        "region": lab.region,
        "images": images(lab.region),
        "settings": asdict(lab.settings),
        "tasks": sorted(f"{method} {path}" for method, path in TASKS),
    }


@task("POST", "/lab/settings")
def settings(values: dict[str, Any]) -> Any:
    from dataclasses import asdict

    lab.settings.change(values)
    return asdict(lab.settings)


@task("POST", "/lab/behaviours")
def add_behaviour(values: Any) -> Any:
    from .standin.behaviour import checked

    return _add(values, lab.behaviours, checked)


@task("DELETE", "/lab/behaviours")
def forget_behaviours(_: Any) -> Any:
    lab.behaviours.clear()


@task("POST", "/lab/faults")
def add_fault(values: Any) -> Any:
    from .faults import checked

    return _add(values, lab.faults, checked)


@task("GET", "/lab/faults")
def list_faults(_: Any) -> Any:
    return {"faults": lab.faults}


@task("DELETE", "/lab/faults")
def forget_faults(_: Any) -> Any:
    lab.faults.clear()
    lab.resource_faults.clear()
    lab.launch_faults.clear()


def _resource_fault(values: dict[str, Any]) -> dict[str, Any]:
    filled = {"stack": "*", "action": "CREATE", "reason": "Resource handler returned message: as the test asked"}
    filled |= {"count": 1} | values
    if filled["action"] not in ("CREATE", "UPDATE", "DELETE") or "resource" not in filled:
        raise ValueError("it needs `resource`, and `action` CREATE, UPDATE or DELETE")
    return filled


@task("POST", "/lab/resource-faults")
def add_resource_fault(values: Any) -> Any:
    return _add(values, lab.resource_faults, _resource_fault)


def _launch_fault(values: dict[str, Any]) -> dict[str, Any]:
    filled = {"group": "*", "code": "InsufficientInstanceCapacity", "count": -1} | values
    unknown = sorted(set(filled) - {"group", "code", "count", "reason"})
    if unknown:
        raise ValueError(f"a launch fault has no `{unknown[0]}`")
    return filled


@task("POST", "/lab/launch-faults")
def add_launch_fault(values: Any) -> Any:
    return _add(values, lab.launch_faults, _launch_fault)


@task("GET", "/lab/calls")
def calls(values: dict[str, Any]) -> Any:
    wanted = {name: str(value) for name, value in values.items() if name != "since"}
    since = int(values.get("since", 0))
    return {"calls": [each for each in lab.list_records(**wanted) if each["number"] > since]}


@task("DELETE", "/lab/calls")
def forget_calls(_: Any) -> Any:
    with lab.lock:
        lab.records.clear()


@task("POST", "/lab/reset")
def reset(_: Any) -> Any:
    from .services import reset as reset_all

    reset_all()


@task("POST", "/lab/enforce-iam")
def enforce_iam(values: dict[str, Any]) -> Any:
    from .services import administrator

    lab.settings.enforce_iam = bool(values.get("on", True))
    return administrator()


@task("GET", "/lab/admin")
def admin(_: Any) -> Any:
    from .services import administrator

    return administrator()
