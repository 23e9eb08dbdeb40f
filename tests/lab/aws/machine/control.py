"""The control API's tasks on machines."""

from __future__ import annotations

from typing import Any

from ..control import task
from ..instances import played
from . import balancer, faults, plans
from .machine import Machine


def _machine(values: dict[str, Any]) -> Machine:
    found = played.get(values["id"])
    if not isinstance(found, Machine):
        raise ValueError(f"there is no machine `{values['id']}`; there is {', '.join(played)}")
    return found


@task("GET", "/lab/machines/console")
def console(values: dict[str, Any]) -> Any:
    return {"console": _machine(values).console}


@task("POST", "/lab/machines/power-loss")
def power_loss(values: dict[str, Any]) -> Any:
    faults.lose_power(_machine(values), bool(values.get("stay_off", False)))


@task("POST", "/lab/machines/reboot")
def reboot(values: dict[str, Any]) -> Any:
    faults.reboot(_machine(values))


@task("POST", "/lab/machines/pause")
def pause(values: dict[str, Any]) -> Any:
    faults.pause(_machine(values))


@task("POST", "/lab/machines/resume")
def resume(values: dict[str, Any]) -> Any:
    faults.resume(_machine(values))


@task("POST", "/lab/machines/cut")
def cut(values: dict[str, Any]) -> Any:
    faults.cut(_machine(values), values.get("from", "all"))


@task("POST", "/lab/machines/heal")
def heal(values: dict[str, Any]) -> Any:
    faults.heal(_machine(values))


@task("POST", "/lab/machines/interrupt")
def interrupt(values: dict[str, Any]) -> Any:
    faults.interrupt(_machine(values), values.get("action", "terminate"), float(values.get("seconds", 120)))


@task("POST", "/lab/launch-plans")
def add_plan(values: dict[str, Any]) -> Any:
    plans.add(values)


@task("DELETE", "/lab/launch-plans")
def forget_plans(_: Any) -> Any:
    plans.forget()


@task("POST", "/lab/balancer")
def listen(values: dict[str, Any]) -> Any:
    return {"endpoint": balancer.listen(values.get("dns_name", "*"))}
