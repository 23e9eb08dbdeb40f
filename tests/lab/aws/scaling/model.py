"""A group, its instances, its activities and what is planned for it."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..call import ApiError
from ..instances import Instance
from ..lab import ACCOUNT, PARTITION, now

HELD = ("Pending:Wait", "Terminating:Wait")


def timestamp() -> datetime:
    """The time of an activity."""
    return datetime.now(timezone.utc)


@dataclass
class Hook:
    """A lifecycle hook."""

    name: str
    transition: str
    timeout: int = 3600
    default: str = "ABANDON"
    metadata: str = ""


@dataclass
class Activity:
    """What the group did, and how it went."""

    description: str
    cause: str
    status: str = "PreInService"
    message: str = ""
    details: str = "{}"
    progress: int = 30
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: datetime = field(default_factory=timestamp)
    ended: datetime | None = None

    def end(self, status: str, message: str = "") -> None:
        self.status, self.message, self.ended, self.progress = status, message, timestamp(), 100


@dataclass
class Member:
    """An instance of a group."""

    id: str
    zone: str
    type: str
    template: dict[str, str]
    state: str = "Pending"
    health: str = "Healthy"
    activity: Activity | None = None
    # The hooks that still hold it, each with its token and the time at which it gives up.
    waits: dict[str, tuple[str, float]] = field(default_factory=dict)
    abandoned: bool = False
    born: float = field(default_factory=now)
    served: float = 0.0
    protected: bool = False
    player: Instance | None = None

    @property
    def leaving(self) -> bool:
        return self.state.startswith("Terminat")


@dataclass
class Group:
    """A group."""

    name: str
    region: str
    launch_template: dict[str, str]
    subnets: list[str]
    minimum: int = 0
    maximum: int = 0
    desired: int = 0
    grace: int = 0
    health_check: str = "EC2"
    cooldown: int = 300
    targets: list[str] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    hooks: dict[str, Hook] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    scheduled: dict[str, dict[str, Any]] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)
    metrics: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=lambda: ["Default"])
    created: datetime = field(default_factory=timestamp)
    cause: str = ""
    deleting: bool = False
    # Not before this time is a launch tried again that failed.
    retry_at: float = 0.0
    launches: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def arn(self) -> str:
        head = f"arn:{PARTITION}:autoscaling:{self.region}:{ACCOUNT}:autoScalingGroup:{self.id}"
        return f"{head}:autoScalingGroupName/{self.name}"

    def member(self, instance: str) -> Member | None:
        return next((each for each in self.members if each.id == instance), None)

    def hooks_for(self, transition: str) -> list[Hook]:
        return [each for each in self.hooks.values() if each.transition.endswith(transition)]


class Groups:
    """Every group of every region."""

    def __init__(self) -> None:
        self.all: list[Group] = []
        self.lock = threading.RLock()
        self.changed = threading.Event()

    def of(self, region: str) -> list[Group]:
        with self.lock:
            return [each for each in self.all if each.region == region]

    def find(self, name: str, region: str) -> Group | None:
        return next((each for each in self.of(region) if each.name == name), None)

    def get(self, name: str, region: str) -> Group:
        found = self.find(name, region)
        if found is None:
            raise ApiError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        return found

    def holder(self, instance: str, region: str) -> tuple[Group, Member] | None:
        for group in self.of(region):
            member = group.member(instance)
            if member is not None:
                return group, member
        return None


groups = Groups()
