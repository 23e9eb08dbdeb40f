"""The boot report of a stand-in, in the form that the agent writes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from ..lab import random_text

AGENT = {"version": "0.1.0", "pid": 7}
ENGINE = {"version": "26.1.5", "api": "1.45", "store": "containerd"}


def timestamp() -> str:
    """The time as reports write it."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


class Report:
    """A boot report in the making."""

    def __init__(self, boot: dict[str, Any], instance: str) -> None:
        self.boot, self.instance = boot, instance
        self.phase = "identify"
        self.history: list[dict[str, Any]] = []
        self.images: dict[str, str] = {}
        self.containers: dict[str, dict[str, Any]] = {}
        self.health: list[dict[str, Any]] = []
        self.failure: dict[str, Any] | None = None
        self.engine = False
        self.token = random_text(16, "0123456789abcdef")
        self._began = datetime.now(timezone.utc)

    def enter(self, phase: str, note: str | None = None) -> None:
        """Begins a phase; the one before is over."""
        moment = datetime.now(timezone.utc)
        if self.history:
            self.history[-1]["seconds"] = round((moment - self._began).total_seconds(), 6)
        self._began = moment
        entry: dict[str, Any] = {"phase": phase, "at": timestamp()}
        if note:
            entry["note"] = note
        self.history.append(entry)
        self.phase = phase

    def fail(self, phase: str, reason: str, **more: Any) -> None:
        """Ends in failure."""
        self.failure = {"phase": phase, "reason": reason} | {key: value for key, value in more.items() if value}
        self.enter("failed", reason)

    def start(self, record: dict[str, Any]) -> None:
        """Begins to run the containers of a release."""
        self.engine = True
        for name, container in record["containers"].items():
            self.images[name] = container["image"]["manifest"]
            self.containers[name] = {
                "id": random_text(64, "0123456789abcdef"),
                "state": "running",
                "started_at": timestamp(),
                "restarts": 0,
                "healthy": False,
            }

    def turn_health(self, healthy: bool, answer: str, state: str = "running", keep: bool = True) -> None:
        """Every container's health changes."""
        for name, container in self.containers.items():
            container |= {"healthy": healthy, "answer": answer, "state": state}
            if keep:
                self.health.append({"at": timestamp(), "container": name, "healthy": healthy, "answer": answer})

    def document(self, **changes: Any) -> bytes:
        """The bytes to store."""
        boot = self.boot
        document: dict[str, Any] = {
            "format": 1,
            "installation": boot["installation"],
            "environment": boot["environment"],
            "application": boot["application"],
            "release": boot["release"],
            "instance": self.instance,
            "agent": AGENT,
            "boot": self.token,
            "phase": self.phase,
            "history": self.history,
            "images": self.images,
            "containers": self.containers,
            "health": self.health[-20:],
            "updated_at": timestamp(),
        }
        if self.engine:
            document["engine"] = ENGINE
        if self.failure:
            document["failure"] = self.failure
        return (json.dumps(document | changes, indent=2, sort_keys=True) + "\n").encode()
