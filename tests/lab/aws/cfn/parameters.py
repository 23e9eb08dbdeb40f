"""The parameters of a stack: what a caller must give, may give, and may not."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from ..clients import client
from .template import refuse

MASK = "****"
# AWS-specific types: how EC2 is asked whether a value exists.
EXISTS = {
    "AWS::EC2::VPC::Id": ("describe_vpcs", "VpcIds"),
    "AWS::EC2::Subnet::Id": ("describe_subnets", "SubnetIds"),
    "AWS::EC2::SecurityGroup::Id": ("describe_security_groups", "GroupIds"),
    "AWS::EC2::KeyPair::KeyName": ("describe_key_pairs", "KeyNames"),
    "AWS::EC2::AvailabilityZone::Name": ("describe_availability_zones", "ZoneNames"),
    "AWS::EC2::Image::Id": ("describe_images", "ImageIds"),
}


def given(
    template: dict[str, Any],
    parameters: list[dict[str, Any]],
    before: dict[str, str],
    region: str,
) -> dict[str, str]:
    """The text of every parameter: what was given, what it was before, or its default."""
    declared = template.get("Parameters") or {}
    by_name = {each.get("ParameterKey", ""): each for each in parameters}
    unknown = sorted(set(by_name) - set(declared))
    if unknown:
        raise refuse(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts: dict[str, str] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        asked = by_name.get(name)
        if asked is not None and asked.get("UsePreviousValue") in (True, "true"):
            if name not in before:
                raise refuse(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            texts[name] = before[name]
        elif asked is not None:
            texts[name] = str(asked.get("ParameterValue", ""))
        elif "Default" in declaration:
            texts[name] = _default(declaration["Default"])
        else:
            missing.append(name)
    if missing:
        raise refuse(f"Parameters: [{', '.join(missing)}] must have values")
    for name, text in texts.items():
        _check(name, text, declared[name], region)
    return texts


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check(name: str, text: str, declaration: dict[str, Any], region: str) -> None:
    if len(text.encode()) > 4096:
        raise refuse(f"Parameter {name} is longer than 4096 bytes")
    kind = declaration.get("Type", "String")
    why = declaration.get("ConstraintDescription")
    is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    parts = [each.strip() for each in text.split(",")] if is_list else [text]

    def fail(default: str) -> None:
        message = f"Parameter {name} failed to satisfy constraint: {why}" if why else default
        raise refuse(message)

    for part in parts:
        allowed = [_default(each) for each in declaration.get("AllowedValues") or []]
        if allowed and part not in allowed:
            fail(f"Parameter '{name}' must be one of AllowedValues")
        pattern = declaration.get("AllowedPattern")
        if pattern and not re.fullmatch(pattern, part):
            fail(f"Parameter '{name}' must match pattern {pattern}")
        if kind in ("Number", "List<Number>"):
            try:
                number = float(part)
            except ValueError:
                fail(f"Parameter '{name}' must be a number.")
            if number < float(declaration.get("MinValue", number)):
                fail(f"Parameter '{name}' must be a number not less than {declaration['MinValue']}")
            if number > float(declaration.get("MaxValue", number)):
                fail(f"Parameter '{name}' must be a number not greater than {declaration['MaxValue']}")
        elif len(part) < int(declaration.get("MinLength", 0)):
            fail(f"Parameter '{name}' must contain at least {declaration['MinLength']} characters")
        elif len(part) > int(declaration.get("MaxLength", len(part))):
            fail(f"Parameter '{name}' must contain at most {declaration['MaxLength']} characters")
    _check_exists(name, kind, parts, region)


def _check_exists(name: str, kind: str, parts: list[str], region: str) -> None:
    inner = kind[5:-1] if kind.startswith("List<") else kind
    if inner not in EXISTS:
        return
    method, argument = EXISTS[inner]
    for part in parts:
        try:
            found = getattr(client("ec2", region), method)(**{argument: [part]})
            exists = any(isinstance(each, list) and each for each in found.values())
        except ClientError:
            exists = False
        if not exists:
            raise refuse(
                f"Parameter validation failed: parameter value {part} for parameter name {name} does not "
                "exist. Rollback requested by user."
            )


def values(template: dict[str, Any], texts: dict[str, str], region: str) -> dict[str, Any]:
    """The parameters as a template sees them: lists as lists, SSM parameters by their value."""
    found: dict[str, Any] = {}
    for name, declaration in (template.get("Parameters") or {}).items():
        kind, text = declaration.get("Type", "String"), texts[name]
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            text, kind = resolved_ssm(text, region), kind[len("AWS::SSM::Parameter::Value<") : -1]
        is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
        found[name] = [each.strip() for each in text.split(",")] if is_list else text
    return found


def resolved_ssm(name: str, region: str) -> str:
    """The value of a parameter in SSM."""
    try:
        return str(client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        raise refuse(f"Unable to fetch parameters [{name}] from parameter store for this account.") from error


def described(template: dict[str, Any], texts: dict[str, str], region: str) -> list[dict[str, str]]:
    """The parameters as DescribeStacks shows them."""
    shown = []
    for name, text in texts.items():
        declaration = (template.get("Parameters") or {}).get(name, {})
        each = {"ParameterKey": name, "ParameterValue": text}
        if str(declaration.get("NoEcho", "")).lower() == "true":
            each["ParameterValue"] = MASK
        elif declaration.get("Type", "").startswith("AWS::SSM::Parameter::Value<"):
            each["ResolvedValue"] = resolved_ssm(text, region)
        shown.append(each)
    return shown
