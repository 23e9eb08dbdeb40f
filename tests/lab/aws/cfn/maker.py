"""Makes, changes and deletes single resources of a stack, with their events."""

from __future__ import annotations

import fnmatch
import math
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..call import ApiError
from ..kinds import KINDS, Context
from ..lab import lab, now
from .model import Resource, Signals, Stack
from .parameters import values
from .reasons import duration, is_gone, reason_of
from .values import NO_VALUE, Values

POLL = 0.01


class ResourceFailed(Exception):
    """A resource could not be made, changed or deleted."""

    def __init__(self, logical: str, reason: str) -> None:
        super().__init__(reason)
        self.logical, self.reason = logical, reason


class Superseded(Exception):
    """Something else took the stack over: this work ends without a word."""


class Cancelled(Exception):
    """The update was cancelled."""


class Maker:
    """What works on the resources of one stack."""

    def __init__(
        self, stack: Stack, template: dict[str, Any], texts: dict[str, str], tags: list[Any], work: int
    ) -> None:
        self.stack, self.template, self.tags, self.work = stack, template, tags, work
        self.values = Values(template, values(template, texts, stack.region), stack, self.reference, self.attribute)

    def reference(self, logical: str) -> Any:
        """What `Ref` gives."""
        resource = self.stack.resources.get(logical)
        if resource is None or not resource.physical:
            if not self.exists(logical):
                return NO_VALUE
            raise ResourceFailed(logical, f"Unresolved dependency {logical}")
        return resource.attributes.get("Ref", resource.physical)

    def attribute(self, logical: str, name: str) -> Any:
        """What `Fn::GetAtt` gives."""
        resource = self.stack.resources.get(logical)
        if resource is None or name not in resource.attributes:
            raise ResourceFailed(
                logical, f"Template error: resource {logical} does not support attribute type {name} in Fn::GetAtt"
            )
        return resource.attributes[name]

    def exists(self, logical: str) -> bool:
        """Whether the resource's condition holds."""
        definition = self.template["Resources"].get(logical)
        if definition is None:
            return False
        condition = definition.get("Condition")
        return condition is None or self.values.condition(condition)

    def wanted(self, logical: str) -> dict[str, Any]:
        """The properties that a resource shall have."""
        return self.values.of(self.template["Resources"][logical].get("Properties") or {})

    def context(self, logical: str) -> Context:
        """What a kind of resource needs to know about its stack."""
        stack = self.stack
        return Context(stack.name, stack.id, logical, stack.region, stack.role or stack.owner, self.tags, self.check)

    def check(self) -> None:
        """Waits while the stack is frozen; ends the work when something else took the stack over."""
        while True:
            if lab.stopping.is_set() or self.stack.work != self.work:
                raise Superseded
            if not lab.is_frozen(self.stack.name):
                return
            time.sleep(POLL)

    def pause(self) -> None:
        """The time that a resource takes."""
        if lab.settings.resource_delay:
            time.sleep(lab.settings.resource_delay)
        self.check()

    def fail_as_told(self, logical: str, action: str) -> None:
        """Fails if a test asked for it."""
        with lab.lock:
            for fault in lab.resource_faults:
                if fault["count"] == 0 or fault["action"] != action:
                    continue
                if fnmatch.fnmatchcase(self.stack.name, fault["stack"]) and fnmatch.fnmatchcase(
                    logical, fault["resource"]
                ):
                    fault["count"] -= 1 if fault["count"] > 0 else 0
                    raise ResourceFailed(logical, fault["reason"])

    def create(self, logical: str) -> None:
        """Makes a resource, and waits for its signals."""
        self.check()
        definition = self.template["Resources"][logical]
        resource = Resource(logical, definition["Type"], definition=definition, new=True)
        self.stack.resources[logical] = resource
        self.stack.turn_resource(resource, "CREATE_IN_PROGRESS")
        try:
            self.fail_as_told(logical, "CREATE")
            resource.properties = self.wanted(logical)
            policy = self._signals(definition, resource)
            resource.physical, resource.attributes = KINDS[resource.kind].create(
                self.context(logical), dict(resource.properties)
            )
            self.stack.turn_resource(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
            self.pause()
            if policy is not None:
                self._wait(resource, policy)
        except (ResourceFailed, ClientError, BotoCoreError, ApiError, KeyError, ValueError, TypeError) as error:
            self.stack.waiting.pop(logical, None)
            raise self._failed(resource, "CREATE_FAILED", error) from error
        self.stack.turn_resource(resource, "CREATE_COMPLETE")

    def update(self, logical: str, properties: dict[str, Any], replace: bool) -> Resource | None:
        """Changes a resource; gives back the old one if it was replaced."""
        self.check()
        definition = self.template["Resources"][logical]
        resource = self.stack.resources[logical]
        kind = KINDS[resource.kind]
        self.stack.turn_resource(
            resource,
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one." if replace else "",
        )
        try:
            self.fail_as_told(logical, "UPDATE")
            if replace:
                made = Resource(logical, definition["Type"], definition=definition, properties=properties)
                made.physical, made.attributes = kind.create(self.context(logical), dict(properties))
                self.stack.resources[logical] = made
                self.pause()
                self.stack.turn_resource(made, "UPDATE_COMPLETE")
                return resource
            changed = kind.update(self.context(logical), resource.physical, dict(resource.properties), dict(properties))
            # A change may give a resource another physical id, as that of the route table does to an association:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnetroutetableassociation.html
            changed = dict(changed or {})
            resource.physical = changed.pop("Ref", resource.physical)
            resource.attributes |= changed
            self.pause()
        except (ResourceFailed, ClientError, BotoCoreError, ApiError, KeyError, ValueError, TypeError) as error:
            raise self._failed(resource, "UPDATE_FAILED", error) from error
        resource.properties, resource.definition = properties, definition
        self.stack.turn_resource(resource, "UPDATE_COMPLETE")
        return None

    def delete(self, resource: Resource, keep: bool = False) -> None:
        """Deletes a resource, or forgets it if its policy says so."""
        self.check()
        if keep:
            self.stack.turn_resource(resource, "DELETE_SKIPPED")
            return
        self.stack.turn_resource(resource, "DELETE_IN_PROGRESS")
        try:
            self.fail_as_told(resource.logical, "DELETE")
            if resource.physical:
                KINDS[resource.kind].delete(
                    self.context(resource.logical), resource.physical, dict(resource.properties)
                )
            self.pause()
        except (ResourceFailed, ClientError, BotoCoreError, ApiError, KeyError, ValueError, TypeError) as error:
            if not is_gone(error):
                raise self._failed(resource, "DELETE_FAILED", error) from error
        self.stack.turn_resource(resource, "DELETE_COMPLETE")

    def _failed(self, resource: Resource, status: str, error: Exception) -> ResourceFailed:
        reason = reason_of(error)
        self.stack.turn_resource(resource, status, reason)
        return ResourceFailed(resource.logical, reason)

    def _signals(self, definition: dict[str, Any], resource: Resource) -> Signals | None:
        policy = self.values.of(definition.get("CreationPolicy") or {})
        signal = policy.get("ResourceSignal")
        if signal is None:
            return None
        count = int(signal.get("Count", 1))
        percent = int((policy.get("AutoScalingCreationPolicy") or {}).get("MinSuccessfulInstancesPercent", 100))
        seconds = duration(signal.get("Timeout", "PT5M"))
        waiting = Signals(count, math.ceil(count * percent / 100), now() + lab.scaled(seconds))
        # Before the resource is there: an instance may be quicker than the answer that tells of it.
        self.stack.waiting[resource.logical] = waiting
        return waiting

    def _wait(self, resource: Resource, signals: Signals) -> None:
        seen: set[str] = set()
        while True:
            self.check()
            for unique, status in list(signals.received.items()):
                if unique not in seen:
                    seen.add(unique)
                    text = f"Received {status} signal with UniqueId {unique}"
                    self.stack.turn_resource(resource, "CREATE_IN_PROGRESS", text)
            statuses = list(signals.received.values())
            good, bad = statuses.count("SUCCESS"), statuses.count("FAILURE")
            if bad > signals.count - signals.needed:
                percent = signals.needed * 100 // max(signals.count, 1)
                raise ResourceFailed(
                    resource.logical,
                    f"Received {bad} FAILURE signal(s) out of {signals.count}.  Unable to satisfy {percent}% "
                    "MinSuccessfulInstancesPercent requirement",
                )
            if good >= signals.needed:
                break
            if now() > signals.deadline:
                missing = signals.needed - good
                raise ResourceFailed(
                    resource.logical,
                    f"Failed to receive {missing} resource signal(s) within the specified duration",
                )
            time.sleep(POLL)
        self.stack.waiting.pop(resource.logical, None)
