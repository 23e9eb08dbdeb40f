"""The values of a template: intrinsic functions, conditions, and dynamic references."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from ..lab import ACCOUNT, PARTITION
from .template import refuse

NO_VALUE = object()
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
SSM = re.compile(r"\{\{resolve:ssm:([^}:]+)(?::\d+)?\}\}")


class Values:
    """What the names in a template stand for."""

    def __init__(
        self,
        template: dict[str, Any],
        parameters: dict[str, Any],
        stack: Any,
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        self.template, self.parameters, self.stack = template, parameters, stack
        self.reference, self.attribute = reference, attribute

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        conditions = self.template.get("Conditions") or {}
        if name not in conditions:
            raise refuse(f"Template format error: Unresolved condition dependency {name}")
        return bool(self.of(conditions[name]))

    def of(self, value: Any) -> Any:
        """A part of the template with every function replaced by its value."""
        if isinstance(value, dict):
            if len(value) == 1:
                key, inner = next(iter(value.items()))
                if key == "Ref":
                    return self._ref(inner)
                if key == "Condition" and isinstance(inner, str):
                    return self.condition(inner)
                if key.startswith("Fn::"):
                    return self._function(key[4:], inner)
            resolved = {key: self.of(inner) for key, inner in value.items()}
            return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}
        if isinstance(value, list):
            return [inner for inner in (self.of(each) for each in value) if inner is not NO_VALUE]
        if isinstance(value, str) and "{{resolve:" in value:
            return SSM.sub(lambda found: self._ssm(found[1]), value)
        return value

    def _ssm(self, name: str) -> str:
        from ..clients import client

        return str(client("ssm", self.stack.region).get_parameter(Name=name)["Parameter"]["Value"])

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NotificationARNs": [],
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": PARTITION,
            "AWS::Region": self.stack.region,
            "AWS::StackId": self.stack.id,
            "AWS::StackName": self.stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self.reference(name)

    def _function(self, name: str, inner: Any) -> Any:
        function = getattr(self, f"_{name.lower()}", None)
        if function is None:
            raise refuse(f"Template error: Fn::{name} is not supported")
        return function(inner)

    def _getatt(self, inner: Any) -> Any:
        logical, attribute = inner.split(".", 1) if isinstance(inner, str) else (inner[0], self.of(inner[1]))
        return self.attribute(logical, attribute)

    def _sub(self, inner: Any) -> str:
        text, own = (inner, {}) if isinstance(inner, str) else (inner[0], self.of(inner[1]))

        def replace(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in own:
                return str(own[name])
            value = self._getatt(name) if "." in name else self._ref(name)
            return _text(value)

        return str(self.of(re.sub(r"\$\{([^}]+)\}", replace, text)))

    def _join(self, inner: Any) -> str:
        between, parts = inner[0], self.of(inner[1])
        return str(between).join(_text(each) for each in parts)

    def _select(self, inner: Any) -> Any:
        index, parts = int(self.of(inner[0])), self.of(inner[1])
        if isinstance(parts, str):
            return UNKNOWN
        if index >= len(parts):
            raise refuse(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
        return parts[index]

    def _split(self, inner: Any) -> list[str]:
        return str(self.of(inner[1])).split(str(inner[0]))

    def _if(self, inner: Any) -> Any:
        return self.of(inner[1] if self.condition(inner[0]) else inner[2])

    def _equals(self, inner: Any) -> bool:
        return _text(self.of(inner[0])) == _text(self.of(inner[1]))

    def _not(self, inner: Any) -> bool:
        return not self.of(inner[0])

    def _and(self, inner: Any) -> bool:
        return all(self.of(each) for each in inner)

    def _or(self, inner: Any) -> bool:
        return any(self.of(each) for each in inner)

    def _base64(self, inner: Any) -> str:
        return base64.b64encode(str(self.of(inner)).encode()).decode()

    def _findinmap(self, inner: Any) -> Any:
        first, second, third = (self.of(each) for each in inner[:3])
        try:
            return self.template["Mappings"][first][second][third]
        except KeyError as error:
            raise refuse(f"Template error: Unable to get mapping for {first}::{second}::{third}") from error

    def _getazs(self, inner: Any) -> list[str]:
        from ..clients import client

        region = self.of(inner) or self.stack.region
        zones = client("ec2", region).describe_availability_zones()["AvailabilityZones"]
        return [each["ZoneName"] for each in zones]

    def _cidr(self, inner: Any) -> list[str]:
        block, count, *bits = (self.of(each) for each in inner)
        network = ipaddress.ip_network(block)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
        return [str(next(subnets)) for _ in range(int(count))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    return str(value)
