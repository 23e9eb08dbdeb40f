"""What plays the instances of groups: stand-ins in threads, or machines in containers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

UNHEALTHY = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}
INITIAL = {
    "State": "initial",
    "Reason": "Elb.InitialHealthChecking",
    "Description": "Initial health checks in progress",
}


@dataclass
class Ran:
    """How a command ended on an instance."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""


class Instance(Protocol):
    """What all of them can do."""

    id: str
    region: str
    group: Any
    member: Any

    @property
    def console(self) -> list[str]:
        """What it said on the serial console, line by line."""

    def runs(self) -> bool:
        """Whether it is there and has power."""

    def hears(self) -> bool:
        """Whether what runs on it can hear AWS."""

    def command(self, lines: list[str], limit: float, cancelled: threading.Event) -> Ran:
        """Runs lines of a shell script as root; TimeoutError after `limit` seconds, InterruptedError if it is cancelled,
        ConnectionError if the instance went away."""

    def stop(self) -> None:
        """EC2 has terminated it; does not wait."""

    def details(self) -> dict[str, Any]:
        """What the control API shows of this kind alone."""

    def leave_target_group(self, arn: str) -> None:
        """It is no target there any more."""

    def target_state(self, arn: str, port: int, since: float) -> dict[str, str]:
        """Its health as a target, registered with that port at that time."""


# By id; those that are gone stay, for what they said on the console.
played: dict[str, Instance] = {}


def shown() -> list[dict[str, Any]]:
    """What the control API shows of every one."""
    return [
        {
            "id": each.id,
            "group": each.group.name,
            "state": each.member.state,
            "health": each.member.health,
            **each.details(),
        }
        for each in list(played.values())
    ]
