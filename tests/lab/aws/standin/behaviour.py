"""How the stand-ins of a release behave, as a test chose before the deploy."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field, fields
from typing import Any

from ..lab import lab

KINDS = {
    "healthy": "becomes ready and serves",
    "fail": "fails in `phase`: a report, a line on the console, and a FAILURE signal",
    "silent": "runs, and never says anything",
    "first-boot-fails": "never gets as far as the agent: a line on the console and a FAILURE signal, no report",
    "target-unhealthy": "becomes ready, but the load balancer's health check is never answered",
    "wrong-release": "becomes ready, but its report names another release",
    "wrong-image": "becomes ready, but its report names another image",
    "crash": "becomes ready, and stops answering `after` seconds later",
    "unknown-phase": "reports a phase that nobody knows, then becomes ready",
    "hang": "stops in `phase` for ever; its heartbeat goes on",
    "no-signal": "becomes ready and reports it, but sends no signal",
    "no-hook": "becomes ready and signals, but never completes the launch hook",
    "broken-report": "its report is no JSON",
}


@dataclass
class Behaviour:
    """What a stand-in does."""

    kind: str = "healthy"
    application: str = "*"
    environment: str = "*"
    release: str = "*"
    # How many instances behave so; -1 means all.
    count: int = -1
    # Seconds that each phase takes.
    seconds: float = 0.0
    # Seconds that single phases take.
    phases: dict[str, float] = field(default_factory=dict)
    phase: str = "probe"
    reason: str = "the container exited"
    hint: str | None = None
    container: str | None = None
    exit_code: int | None = None
    answer: str | None = None
    log: list[str] = field(default_factory=list)
    after: float = 0.0
    # Whether a stand-in that crashed tells Auto Scaling so.
    set_unhealthy: bool = False
    # Seconds that it takes to drain.
    drain: float = 0.0

    def time_of(self, phase: str) -> float:
        return self.phases.get(phase, self.seconds)


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """A behaviour as the control API takes it, or an error that names what is wrong."""
    known = {each.name for each in fields(Behaviour)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"a behaviour has no `{unknown[0]}`; it has {', '.join(sorted(known))}")
    if values.get("kind", "healthy") not in KINDS:
        raise ValueError(f"no behaviour is called `{values['kind']}`; there are {', '.join(KINDS)}")
    Behaviour(**values)
    return dict(values)


def choose(application: str, environment: str, release: str) -> Behaviour:
    """The newest behaviour that fits a release."""
    with lab.lock:
        for each in reversed(lab.behaviours):
            found = Behaviour(**each)
            fits = (
                fnmatch.fnmatchcase(application, found.application)
                and fnmatch.fnmatchcase(environment, found.environment)
                and fnmatch.fnmatchcase(release, found.release)
            )
            if fits and found.count != 0:
                if found.count > 0:
                    each["count"] = found.count - 1
                return found
    return Behaviour()
