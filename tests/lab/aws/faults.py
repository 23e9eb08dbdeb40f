"""Faults that a test asks for: which call they hit, and what then happens."""

from __future__ import annotations

import fnmatch
import time
from typing import Any

from .call import ApiError, Call
from .lab import lab

KNOWN: dict[str, Any] = {
    "service": str,
    "operation": str,
    "resource": str,
    "caller": str,
    "code": str,
    "message": str,
    "status": int,
    "delay": (int, float),
    "date_skew": (int, float),
    "lose_answer": bool,
    "skip": int,
    "count": int,
    "standins": bool,
}
# The status with which AWS answers these, where a test names none.
STATUSES = {
    "SlowDown": 503,
    "ServiceUnavailable": 503,
    "InternalError": 500,
    "InternalFailure": 500,
    "ConditionalRequestConflict": 409,
    "OperationAborted": 409,
    "PreconditionFailed": 412,
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "SignatureDoesNotMatch": 403,
    "RequestTimeTooSkewed": 403,
}


def checked(fault: dict[str, Any]) -> dict[str, Any]:
    """The fault with what it leaves out, or an error that names what is wrong."""
    for name, value in fault.items():
        if name not in KNOWN:
            raise ValueError(f"a fault has no `{name}`; it has {', '.join(sorted(KNOWN))}")
        if not isinstance(value, KNOWN[name]):
            raise ValueError(f"`{name}` of a fault has the wrong type")
    if not {"code", "delay", "date_skew", "lose_answer"} & fault.keys():
        raise ValueError("a fault needs `code`, `delay`, `date_skew` or `lose_answer`")
    filled = {"service": "*", "operation": "*", "resource": "*", "caller": "*", "skip": 0, "count": 1, "hits": 0}
    return filled | fault


def take(call: Call, resource: str) -> dict[str, Any] | None:
    """The first fault that hits this call. `skip` calls pass before it, then it hits `count` of them (-1: all)."""
    from .standin.standin import standin_keys

    by_standin = call.caller.key in standin_keys
    with lab.lock:
        for fault in lab.faults:
            if by_standin and not fault.get("standins"):
                continue
            facts = {
                "service": call.service,
                "operation": call.operation,
                "resource": resource,
                "caller": call.caller.arn,
            }
            if not all(fnmatch.fnmatchcase(text, fault[name]) for name, text in facts.items()):
                continue
            if fault["count"] == 0:
                continue
            if fault["skip"] > 0:
                fault["skip"] -= 1
                continue
            fault["count"] -= 1 if fault["count"] > 0 else 0
            fault["hits"] += 1
            return dict(fault)
    return None


def apply(fault: dict[str, Any]) -> None:
    """Waits, and answers the error, if the fault has one."""
    if fault.get("delay"):
        time.sleep(fault["delay"])
    code = fault.get("code")
    if code:
        status = fault.get("status") or STATUSES.get(code, 400)
        raise ApiError(code, fault.get("message") or f"{code}, as the test asked", status)
