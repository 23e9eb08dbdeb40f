"""The targets of load balancers, and how healthy they are: what a target's stand-in does decides."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..instances import UNHEALTHY, played
from ..lab import ACCOUNT, lab, now
from ..machine import balancer
from ..machine import world as machines

_lock = threading.RLock()


@dataclass
class Target:
    """A registered target."""

    instance: str
    port: int
    since: float
    draining_since: float = 0.0
    draining_until: float = 0.0


targets: dict[str, dict[str, Target]] = {}


def _group(arn: str, region: str) -> Any:
    from moto.elbv2.models import elbv2_backends

    found = elbv2_backends[ACCOUNT][region].target_groups.get(arn)
    if found is None:
        raise ApiError("TargetGroupNotFound", "One or more target groups not found")
    return found


def register(arn: str, instance: str, port: int = 0) -> None:
    """Adds a target."""
    with _lock:
        known = targets.setdefault(arn, {})
        found = known.get(instance)
        if found is None or found.draining_until:
            number = port or int(_group(arn, arn.split(":")[3]).port or 80)
            known[instance] = Target(instance, number, now())


def deregister(arn: str, instance: str) -> None:
    """Lets a target drain, and forgets it then."""
    with _lock:
        found = targets.get(arn, {}).get(instance)
        if found and not found.draining_until:
            found.draining_since = now()
            found.draining_until = now() + _longest_draining(arn)
            player = played.get(instance)
            if player is not None:
                player.leave_target_group(arn)


def is_draining(arn: str, instance: str) -> bool:
    """Whether a target still has connections to end."""
    with _lock:
        _forget(arn)
        found = targets.get(arn, {}).get(instance)
        return bool(found and found.draining_until)


def ports(arn: str) -> list[tuple[str, int]]:
    """The targets with their ports."""
    with _lock:
        _forget(arn)
        return [(each.instance, each.port) for each in targets.get(arn, {}).values()]


def _longest_draining(arn: str) -> float:
    if machines.world is None:
        return lab.settings.target_delay
    return float(_group(arn, arn.split(":")[3]).attributes["deregistration_delay.timeout_seconds"])


def _forget(arn: str) -> None:
    for instance, target in list(targets.get(arn, {}).items()):
        if target.draining_until and _has_drained(target):
            del targets[arn][instance]


def _has_drained(target: Target) -> bool:
    # A target without requests under way need not wait for the end of the delay:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    idle = now() - target.draining_since >= lab.settings.target_delay and not balancer.under_way(target.instance)
    return idle or target.draining_until <= now()


def state_of(arn: str, instance: str) -> dict[str, str]:
    """The health of a target."""
    with _lock:
        _forget(arn)
        target = targets.get(arn, {}).get(instance)
        if target is None:
            return _not_registered()
        if target.draining_until:
            text = "Target deregistration is in progress"
            return {"State": "draining", "Reason": "Target.DeregistrationInProgress", "Description": text}
        try:
            used = bool(_group(arn, arn.split(":")[3]).load_balancer_arns)
        except ApiError:
            used = True
        if not used:
            text = "Target group is not configured to receive traffic from the load balancer"
            return {"State": "unused", "Reason": "Target.NotInUse", "Description": text}
        player = played.get(instance)
        return player.target_state(arn, target.port, target.since) if player else UNHEALTHY


@handles("elasticloadbalancing", "DescribeTargetHealth")
def describe_target_health(call: Call) -> dict[str, Any]:
    arn = call.params["TargetGroupArn"]
    _group(arn, call.region)
    with _lock:
        _forget(arn)
        known = {each.instance: each for each in targets.get(arn, {}).values()}
    asked = [each["Id"] for each in call.params.get("Targets") or []] or list(known)
    shown = []
    for instance in asked:
        port = known[instance].port if instance in known else 0
        state = state_of(arn, instance) if instance in known else _not_registered()
        each: dict[str, Any] = {"Target": {"Id": instance}, "TargetHealth": state}
        if port:
            each["Target"]["Port"] = port
            each["HealthCheckPort"] = str(port)
        shown.append(each)
    return {"TargetHealthDescriptions": shown}


def _not_registered() -> dict[str, str]:
    text = "Target is not registered to the target group"
    return {"State": "unused", "Reason": "Target.NotRegistered", "Description": text}


@handles("elasticloadbalancing", "RegisterTargets")
def register_targets(call: Call) -> dict[str, Any]:
    _group(call.params["TargetGroupArn"], call.region)
    for each in call.params.get("Targets") or []:
        register(call.params["TargetGroupArn"], each["Id"], int(each.get("Port") or 0))
    return {}


@handles("elasticloadbalancing", "DeregisterTargets")
def deregister_targets(call: Call) -> dict[str, Any]:
    _group(call.params["TargetGroupArn"], call.region)
    for each in call.params.get("Targets") or []:
        deregister(call.params["TargetGroupArn"], each["Id"])
    return {}
