"""What shall be different about machines that are launched from now on."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import Any

from ..lab import lab
from ..metadata.facts import Facts
from ..metadata.service import checked_fault


@dataclass
class Plan:
    """What differs about one machine."""

    metadata: dict[str, Any] = field(default_factory=dict)
    metadata_faults: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


_plans: list[dict[str, Any]] = []
KNOWN = {"group", "count", "metadata", "metadata_faults", "files"}


def add(values: dict[str, Any]) -> None:
    """Keeps a plan, or says what is wrong with it."""
    unknown = sorted(set(values) - KNOWN)
    if unknown:
        raise ValueError(f"a launch plan has no `{unknown[0]}`; it has {', '.join(sorted(KNOWN))}")
    Facts().change(values.get("metadata", {}))
    for fault in values.get("metadata_faults", []):
        checked_fault(fault)
    with lab.lock:
        _plans.append({"group": "*", "count": -1} | values)


def forget() -> None:
    """Machines are as usual from now on."""
    with lab.lock:
        _plans.clear()


def take(group: str) -> Plan:
    """What differs about a machine that this group launches now: the newest plan that fits."""
    with lab.lock:
        for each in reversed(_plans):
            if each["count"] != 0 and fnmatch.fnmatchcase(group, each["group"]):
                each["count"] -= 1 if each["count"] > 0 else 0
                faults = [checked_fault(fault) for fault in each.get("metadata_faults", [])]
                return Plan(each.get("metadata", {}), faults, each.get("files", {}))
    return Plan()
