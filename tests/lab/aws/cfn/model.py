"""A stack, its resources and its events."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..lab import ACCOUNT, PARTITION
from .template import refuse


def timestamp() -> datetime:
    """The time of an event."""
    return datetime.now(timezone.utc)


@dataclass
class Resource:
    """A resource of a stack, as it was last made or changed."""

    logical: str
    kind: str
    physical: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    definition: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str = ""
    at: datetime = field(default_factory=timestamp)
    # It was made by the operation that runs now; a rollback removes it.
    new: bool = False


@dataclass
class Signals:
    """What a resource with a creation policy still waits for."""

    count: int
    needed: int
    deadline: float
    received: dict[str, str] = field(default_factory=dict)


@dataclass
class Stack:
    """A stack."""

    name: str
    region: str
    id: str = ""
    template: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    role: str = ""
    # In whose name resources are made when there is no role.
    owner: str = ""
    token: str = ""
    on_failure: str = "ROLLBACK"
    timeout_minutes: int = 0
    protected: bool = False
    status: str = ""
    reason: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    executed: str = ""
    waiting: dict[str, Signals] = field(default_factory=dict)
    created: datetime = field(default_factory=timestamp)
    updated: datetime | None = None
    deleted: datetime | None = None
    # Tells a thread that the work it does was taken over by something else.
    work: int = 0
    cancelled: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.id = f"arn:{PARTITION}:cloudformation:{self.region}:{ACCOUNT}:stack/{self.name}/{uuid.uuid4()}"

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def event(self, logical: str, physical: str, kind: str, status: str, reason: str = "", **more: Any) -> None:
        """Adds an event."""
        each = {
            "StackId": self.id,
            "StackName": self.name,
            "EventId": f"{logical}-{uuid.uuid4()}" if kind != "AWS::CloudFormation::Stack" else str(uuid.uuid4()),
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
            "Timestamp": timestamp(),
            "ResourceStatus": status,
            **more,
        }
        if reason:
            each["ResourceStatusReason"] = reason
        if self.token:
            each["ClientRequestToken"] = self.token
        with self.lock:
            self.events.append(each)

    def turn(self, status: str, reason: str = "") -> None:
        """Gives the stack another status, with its event."""
        with self.lock:
            self.status, self.reason = status, reason
            self.event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def turn_resource(self, resource: Resource, status: str, reason: str = "", silent: bool = False) -> None:
        """Gives a resource another status, with its event."""
        with self.lock:
            resource.status, resource.reason, resource.at = status, reason, timestamp()
            if not silent:
                self.event(resource.logical, resource.physical, resource.kind, status, reason)


class Stacks:
    """Every stack of every region, the deleted ones included."""

    def __init__(self) -> None:
        self.all: list[Stack] = []
        self.lock = threading.RLock()

    def live(self, region: str) -> list[Stack]:
        """The stacks that are not deleted, newest first."""
        with self.lock:
            return [each for each in reversed(self.all) if each.region == region and each.deleted is None]

    def find(self, name: str, region: str) -> Stack | None:
        """A stack by its name, or by its id even if it is deleted."""
        with self.lock:
            for each in reversed(self.all):
                if each.region == region and (each.id == name or (each.name == name and each.deleted is None)):
                    return each
        return None

    def get(self, name: str, region: str) -> Stack:
        """A stack that must exist."""
        found = self.find(name, region)
        if found is None:
            raise refuse(f"Stack with id {name} does not exist")
        return found


stacks = Stacks()
