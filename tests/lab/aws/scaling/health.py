"""The targets of load balancers, and how healthy they are: what a target's stand-in does decides."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from ..call import ApiError, Call
from ..front import handles
from ..lab import ACCOUNT, lab, now

_lock = threading.RLock()


@dataclass
class Target:
    """A registered target."""

    instance: str
    port: int
    since: float
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
            found.draining_until = now() + lab.settings.target_delay


def is_draining(arn: str, instance: str) -> bool:
    """Whether a target still has connections to end."""
    with _lock:
        _forget(arn)
        found = targets.get(arn, {}).get(instance)
        return bool(found and found.draining_until)


def _forget(arn: str) -> None:
    for instance, target in list(targets.get(arn, {}).items()):
        if target.draining_until and target.draining_until <= now():
            del targets[arn][instance]


def state_of(arn: str, instance: str) -> dict[str, str]:
    """The health of a target."""
    from ..standin.standin import standins

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
        standin = standins.get(instance)
        trouble = standin.target_trouble() if standin else ("Target.FailedHealthChecks", "Health checks failed")
        # A load balancer needs a few checks until it believes a change.
        delay, turned = lab.settings.target_delay, standin.turned if standin else 0.0
        if now() - max(target.since, turned) < delay:
            if turned - target.since < delay:
                text = "Initial health checks in progress"
                return {"State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": text}
            trouble = None if trouble else ("Target.FailedHealthChecks", "Health checks failed")
        if trouble is None:
            return {"State": "healthy"}
        return {"State": "unhealthy", "Reason": trouble[0], "Description": trouble[1]}


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
