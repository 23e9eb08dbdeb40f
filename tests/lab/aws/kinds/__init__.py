"""The kinds of resources that a template may have; each is made through its service's own interface."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..clients import client
from ..lab import lab, random_text

ALWAYS, CONDITIONALLY, NEVER = "Always", "Conditionally", "Never"
KINDS: dict[str, Kind] = {}
# A physical id, and what `Fn::GetAtt` gives.
Made = tuple[str, dict[str, Any]]


@dataclass
class Context:
    """The stack and the place of a resource."""

    stack: str
    stack_id: str
    logical: str
    region: str
    acting_for: str
    stack_tags: list[dict[str, str]]
    check: Callable[[], None]

    def client(self, service: str) -> Any:
        """A client in whose calls the stack's role is obeyed."""
        return client(service, self.region, self.acting_for if lab.settings.enforce_iam else "")

    def tags(self, properties: dict[str, Any]) -> list[dict[str, str]]:
        """The stack's tags and the resource's own, which win."""
        found = {each["Key"]: str(each["Value"]) for each in self.stack_tags}
        found |= {each["Key"]: str(each["Value"]) for each in properties.pop("Tags", None) or []}
        return [{"Key": key, "Value": value} for key, value in sorted(found.items())]

    def specification(self, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
        """The tags as EC2 takes them when it makes something."""
        tags = self.tags(properties)
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}

    def name(self, longest: int, lower: bool = False) -> str:
        """A generated name: stack, logical id, and something random."""
        tail = random_text(12)
        room = longest - len(tail) - 1
        head = f"{self.stack}-{self.logical}"
        if len(head) > room:
            head = f"{self.stack[: room - len(self.logical[:12]) - 1]}-{self.logical[:12]}"
        name = f"{head}-{tail}"
        return name.lower() if lower else name

    def until(self, done: Callable[[], bool], seconds: float = 600.0) -> None:
        """Waits for something that takes its time."""
        end = time.monotonic() + seconds
        while not done():
            self.check()
            if time.monotonic() > end:
                raise ValueError("Exceeded attempts to wait")
            time.sleep(0.02)


class Kind:
    """How a kind of resource is made, changed and deleted."""

    properties: dict[str, str]
    required: set[str]

    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        raise NotImplementedError

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Changes what can be changed in place; gives back attributes that changed."""
        changed = sorted(each for each in set(old) | set(new) if old.get(each) != new.get(each) and each != "Tags")
        if changed:
            raise ValueError(f"the emulator cannot change {', '.join(changed)} of this kind of resource in place")
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        raise NotImplementedError


def kind(name: str, properties: str) -> Callable[[type[Kind]], type[Kind]]:
    """Registers a kind. Of its properties, `!` marks those whose change replaces, `?` those whose change may, and `*`
    those that must be there."""

    def register(made: type[Kind]) -> type[Kind]:
        instance = made()
        instance.properties, instance.required = {}, set()
        for word in properties.split():
            plain = word.strip("*!?")
            instance.properties[plain] = ALWAYS if "!" in word else CONDITIONALLY if "?" in word else NEVER
            if "*" in word:
                instance.required.add(plain)
        KINDS[name] = instance
        return made

    return register


def tags_as_map(tags: list[dict[str, str]]) -> dict[str, str]:
    """Tags as the services take them that have a map for them."""
    return {each["Key"]: each["Value"] for each in tags}


def changes_tags(context: Context, old: dict[str, Any], new: dict[str, Any]) -> tuple[list[dict[str, str]], list[str]]:
    """The tags to set, and the keys to remove."""
    before = tags_as_map(context.tags(dict(old)))
    after = context.tags(dict(new))
    return after, sorted(set(before) - {each["Key"] for each in after})


for _name in (
    "access",
    "balancer",
    "bucket",
    "encryption",
    "group",
    "groups",
    "launch",
    "network",
    "observation",
    "routes",
    "security",
):
    # After everything that they take from here.
    importlib.import_module(f".{_name}", __package__)
