"""IAM policies: whether a statement speaks of a request, with every condition that Jetway's policies have."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """What a policy is asked about."""

    action: str
    resource: str
    # The condition keys in lower case; a key may have several values.
    context: dict[str, list[str]] = field(default_factory=dict)
    principal: str = ""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def like(pattern: str, text: str) -> bool:
    """A text against a pattern in which `*` and `?` stand for anything."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text, re.DOTALL) is not None


def arn_like(pattern: str, text: str) -> bool:
    """An ARN against a pattern, part by part."""
    parts, found = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(found) and all(like(*each) for each in zip(parts, found, strict=True))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def holds(wanted: str, found: str) -> bool:
        try:
            return compare(float(found), float(wanted))
        except ValueError:
            return False

    return holds


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


# Each takes what the policy wants and what the request has.
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, found: wanted == found,
    "stringequalsignorecase": lambda wanted, found: wanted.lower() == found.lower(),
    "stringlike": like,
    "arnequals": arn_like,
    "arnlike": arn_like,
    "bool": lambda wanted, found: wanted.lower() == found.lower(),
    "numericequals": _number(lambda found, wanted: found == wanted),
    "numericlessthan": _number(lambda found, wanted: found < wanted),
    "numericlessthanequals": _number(lambda found, wanted: found <= wanted),
    "numericgreaterthan": _number(lambda found, wanted: found > wanted),
    "numericgreaterthanequals": _number(lambda found, wanted: found >= wanted),
    "datelessthan": lambda wanted, found: found < wanted,
    "dategreaterthan": lambda wanted, found: found > wanted,
    "ipaddress": _in_network,
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "notipaddress": "ipaddress",
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition(operator: str, key: str, wanted: list[str], context: dict[str, list[str]]) -> bool:
    name = operator.lower()
    quantifier, _, plain = name.rpartition(":")
    found = context.get(key.lower())
    if plain == "null":
        return wanted[0].lower() == ("false" if found else "true")
    optional = plain.endswith("ifexists")
    plain = plain.removesuffix("ifexists")
    negated = plain in NEGATED
    holds = OPERATORS.get(NEGATED.get(plain, plain))
    if holds is None:
        raise ValueError(f"the emulator knows no condition operator `{operator}`")
    if found is None:
        return optional or negated or quantifier == "forallvalues"

    def one(value: str) -> bool:
        hit = any(holds(each, value) for each in wanted)
        return not hit if negated else hit

    if quantifier == "foranyvalue":
        return any(one(value) for value in found)
    return all(one(value) for value in found)


def conditions_hold(statement: dict[str, Any], context: dict[str, list[str]]) -> bool:
    """Whether all conditions of a statement hold."""
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, wanted in keys.items():
            if not _condition(operator, key, [_text(each) for each in as_list(wanted)], context):
                return False
    return True


def speaks_of(statement: dict[str, Any], request: Request) -> bool:
    """Whether a statement is about this action on this resource, here and now."""
    action = request.action.lower()
    if "Action" in statement:
        if not any(fnmatch.fnmatchcase(action, each.lower()) for each in as_list(statement["Action"])):
            return False
    elif any(fnmatch.fnmatchcase(action, each.lower()) for each in as_list(statement.get("NotAction"))):
        return False
    if "Resource" in statement:
        if not any(like(each, request.resource) for each in as_list(statement["Resource"])):
            return False
    elif "NotResource" in statement and any(like(each, request.resource) for each in as_list(statement["NotResource"])):
        return False
    return conditions_hold(statement, request.context)


def names_principal(statement: dict[str, Any], request: Request, account: str) -> bool:
    """Whether a statement of a resource's policy is about the caller."""
    principal = statement.get("Principal")
    if principal == "*":
        return True
    for each in as_list((principal or {}).get("AWS")):
        if each in ("*", account, request.principal, request.context.get("aws:principalarn", [""])[0]):
            return True
        if each == f"arn:aws:iam::{account}:root":
            return True
    return False


def decide(documents: list[dict[str, Any]], request: Request) -> str:
    """`deny`, `allow`, or nothing."""
    verdict = ""
    for document in documents:
        for statement in as_list(document["Statement"]):
            if speaks_of(statement, request):
                if statement["Effect"] == "Deny":
                    return "deny"
                verdict = "allow"
    return verdict
