"""What an update would change: per resource, per property, and whether it replaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..kinds import ALWAYS, CONDITIONALLY, KINDS, NEVER
from .model import Stack
from .parameters import values
from .template import order, references
from .values import NO_VALUE, UNKNOWN, Values

SCOPES = {
    "Metadata": "Metadata",
    "CreationPolicy": "CreationPolicy",
    "UpdatePolicy": "UpdatePolicy",
    "DeletionPolicy": "DeletionPolicy",
    "UpdateReplacePolicy": "UpdateReplacePolicy",
}


@dataclass
class Change:
    """One line of a change set."""

    logical: str
    kind: str
    action: str
    physical: str = ""
    # Property, how often it needs a new resource, whether its value is known, and what it hangs on.
    details: list[tuple[str, str, str, str]] = field(default_factory=list)
    scopes: set[str] = field(default_factory=set)
    tags: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    # What becomes of the old resource, if it does not stay.
    policy: str = ""

    @property
    def replacement(self) -> str:
        needs = {(recreation, evaluation) for _, recreation, evaluation, _ in self.details}
        if (ALWAYS, "Static") in needs:
            return "True"
        if (ALWAYS, "Dynamic") in needs or any(recreation == CONDITIONALLY for recreation, _ in needs):
            return "Conditional"
        return "False"

    def must_replace(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Whether the resource must be made anew, now that all values are known."""
        known = KINDS[self.kind].properties
        return any(known.get(name) == ALWAYS for name in set(old) | set(new) if old.get(name) != new.get(name))

    def described(self) -> dict[str, Any]:
        """As DescribeChangeSet shows it."""
        change: dict[str, Any] = {
            "Action": self.action,
            "LogicalResourceId": self.logical,
            "ResourceType": self.kind,
            "Scope": sorted(self.scopes),
            "Details": [],
        }
        if self.physical:
            change["PhysicalResourceId"] = self.physical
        if self.action == "Remove":
            change["PolicyAction"] = self.policy
        if self.action == "Modify":
            change["Replacement"] = self.replacement
            if self.replacement != "False":
                change["PolicyAction"] = f"ReplaceAnd{self.policy}"
            for name, recreation, evaluation, cause in self.details:
                target: dict[str, Any] = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
                target["BeforeValue"], target["AfterValue"] = _shown(self.before, name), _shown(self.after, name)
                target = {key: value for key, value in target.items() if value is not None}
                source = "DirectModification" if not cause else "ResourceReference"
                detail: dict[str, Any] = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
                if cause:
                    detail["CausingEntity"] = cause
                change["Details"].append(detail)
            for scope in sorted(self.scopes - {"Properties"}):
                target = {"Attribute": scope, "RequiresRecreation": NEVER}
                detail = {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}
                change["Details"].append(detail)
        return {"Type": "Resource", "ResourceChange": change}


def _shown(properties: dict[str, Any], name: str) -> str | None:
    import json

    value = properties.get(name)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def compare(stack: Stack, wanted: dict[str, Any]) -> list[Change]:
    """The changes from what a stack has to a template with parameters and tags."""
    template = wanted["template"]
    resources = template["Resources"]
    unsure: dict[str, str] = {}

    def reference(logical: str) -> Any:
        found = stack.resources.get(logical)
        return found.attributes.get("Ref", found.physical) if found and found.physical else UNKNOWN

    def attribute(logical: str, name: str) -> Any:
        found = stack.resources.get(logical)
        return found.attributes.get(name, UNKNOWN) if found else UNKNOWN

    known = values(template, wanted["parameters"], stack.region)
    resolve = Values(template, known, stack, reference, attribute)
    changes: list[Change] = []
    for logical in order(resources):
        definition = resources[logical]
        condition = definition.get("Condition")
        if condition is not None and not resolve.condition(condition):
            continue
        after = resolve.of(definition.get("Properties") or {})
        after = {} if after is NO_VALUE else after
        found = stack.resources.get(logical)
        if found is None:
            changes.append(Change(logical, definition["Type"], "Add", after=after))
            unsure[logical] = logical
            continue
        if found.kind != definition["Type"]:
            from .template import refuse

            raise refuse(
                f"Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{logical}]"
            )
        change = Change(logical, found.kind, "Modify", found.physical, before=found.properties, after=after)
        change.policy = _policy(found.definition.get("UpdateReplacePolicy", "Delete"))
        _compare_properties(change, definition, unsure)
        for key, scope in SCOPES.items():
            if definition.get(key) != found.definition.get(key):
                change.scopes.add(scope)
        if wanted["tags"] != stack.tags and "Tags" in KINDS[found.kind].properties:
            change.tags = True
            change.scopes.add("Tags")
        if change.scopes:
            changes.append(change)
        if change.replacement != "False":
            unsure[logical] = logical
    kept = {each for each in resources if _holds(resources[each], resolve)}
    for logical, found in stack.resources.items():
        if logical not in kept and found.status != "DELETE_COMPLETE":
            change = Change(logical, found.kind, "Remove", found.physical, before=found.properties)
            change.policy = _policy(found.definition.get("DeletionPolicy", "Delete"))
            changes.append(change)
    return changes


def _policy(policy: str) -> str:
    return "Retain" if policy.startswith("Retain") else policy


def _holds(definition: dict[str, Any], resolve: Values) -> bool:
    condition = definition.get("Condition")
    return condition is None or resolve.condition(condition)


def _compare_properties(change: Change, definition: dict[str, Any], unsure: dict[str, str]) -> None:
    properties = KINDS[change.kind].properties
    template = definition.get("Properties") or {}
    for name in sorted(set(change.before) | set(change.after)):
        causes = sorted(references(template.get(name)) & set(unsure))
        if change.before.get(name) != change.after.get(name) or causes:
            evaluation = "Dynamic" if causes else "Static"
            recreation = properties.get(name, NEVER)
            change.details.append((name, recreation, evaluation, causes[0] if causes else ""))
            change.scopes.add("Tags" if name == "Tags" else "Properties")
