"""Reads a template, and refuses what CloudFormation refuses before it makes anything."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ..call import ApiError

LARGEST_BODY = 51_200
LARGEST_OBJECT = 1_048_576
MOST = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
}
RESOURCE_KEYS = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
}
PSEUDO = {
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms, and dates left as texts."""


def _short(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def refuse(message: str) -> ApiError:
    """CloudFormation's answer to whatever is wrong with a request."""
    return ApiError("ValidationError", message)


def read(body: str) -> dict[str, Any]:
    """The template in a text."""
    try:
        template = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise refuse(f"Template format error: YAML not well-formed. ({_place(error)})") from error
    if not isinstance(template, dict):
        raise refuse("Template format error: unsupported structure.")
    unknown = sorted(set(template) - SECTIONS)
    if unknown:
        raise refuse(f"Invalid template property or properties [{', '.join(unknown)}]")
    if not template.get("Resources"):
        raise refuse("Template format error: At least one Resources member must be defined.")
    for section, most in MOST.items():
        if len(template.get(section) or {}) > most:
            raise refuse(
                f"Template format error: Number of {section.lower()}, {len(template[section])}, is greater "
                f"than maximum allowed, {most}"
            )
    _check_resources(template)
    _check_references(template)
    return template


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else str(error)


def _check_resources(template: dict[str, Any]) -> None:
    from ..kinds import KINDS

    unknown = sorted({each.get("Type", "") for each in template["Resources"].values()} - KINDS.keys())
    if unknown:
        raise refuse(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    for name, resource in template["Resources"].items():
        if not name.isalnum():
            raise refuse(f"Template format error: Resource name {name} is non alphanumeric.")
        for key in sorted(set(resource) - RESOURCE_KEYS):
            raise refuse(f"Invalid template resource property '{key}'")
        kind, properties = KINDS[resource["Type"]], resource.get("Properties") or {}
        for key in sorted(set(properties) - kind.properties.keys()):
            raise refuse(
                f"Properties validation failed for resource {name} with message:\n"
                f"#: extraneous key [{key}] is not permitted"
            )
        missing = sorted(kind.required - set(properties))
        if missing:
            raise refuse(
                f"Properties validation failed for resource {name} with message:\n"
                f"#: required key [{missing[0]}] not found"
            )
        needed = [resource.get("DependsOn") or []]
        needed = needed[0] if isinstance(needed[0], list) else needed
        for other in needed:
            if other not in template["Resources"]:
                raise refuse(
                    "Template format error: Unresolved resource dependencies "
                    f"[{other}] in the Resources block of the template"
                )
        condition = resource.get("Condition")
        if condition and condition not in (template.get("Conditions") or {}):
            raise refuse(
                f"Template format error: Unresolved condition dependency {condition} in the Resources block "
                "of the template"
            )


def _check_references(template: dict[str, Any]) -> None:
    known = set(template.get("Parameters") or {}) | set(template["Resources"]) | PSEUDO
    for section in ("Resources", "Outputs"):
        missing = sorted(references(template.get(section) or {}) - known)
        if missing:
            raise refuse(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the "
                f"{section} block of the template"
            )


def references(value: Any) -> set[str]:
    """The parameters and resources that a part of a template names."""
    import re

    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                found.add(inner)
            elif key == "Fn::GetAtt":
                found.add(inner.split(".")[0] if isinstance(inner, str) else inner[0])
            elif key == "Fn::Sub":
                text, own = (inner, {}) if isinstance(inner, str) else (inner[0], inner[1])
                names = {each.split(".")[0] for each in re.findall(r"\$\{([^!}][^}]*)\}", text)}
                found |= {each.strip() for each in names} - set(own)
                found |= references(own)
            else:
                found |= references(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= references(inner)
    return found


def order(resources: dict[str, Any]) -> list[str]:
    """The resources, each after those that it needs."""
    needs = {}
    for name, resource in resources.items():
        on = resource.get("DependsOn") or []
        on = [on] if isinstance(on, str) else on
        needs[name] = (references(resource) | set(on)) & resources.keys() - {name}
    ordered: list[str] = []
    while needs:
        ready = [name for name, on in needs.items() if on <= set(ordered)]
        if not ready:
            raise refuse(f"Circular dependency between resources: [{', '.join(sorted(needs))}]")
        ordered += ready
        for name in ready:
            del needs[name]
    return ordered


def required_capabilities(template: dict[str, Any]) -> list[str]:
    """What the caller must acknowledge."""
    found = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    found = [each for each in found if each["Type"] not in ("AWS::IAM::OIDCProvider", "AWS::IAM::ServiceLinkedRole")]
    named = ("RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName")
    if any(name in (each.get("Properties") or {}) for each in found for name in named):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if found else []


def check_capabilities(template: dict[str, Any], given: list[str]) -> None:
    """Refuses a template with IAM resources that the caller did not acknowledge."""
    wanted = required_capabilities(template)
    enough = {"CAPABILITY_NAMED_IAM"} | ({"CAPABILITY_IAM"} if wanted == ["CAPABILITY_IAM"] else set())
    if wanted and not enough & set(given):
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(wanted)}]")
