"""The metadata service of one instance: tokens, answers, faults, and a record of every request."""

from __future__ import annotations

import fnmatch
import re
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import Any

from ..lab import now
from .credentials import Credentials
from .facts import Facts, expired

TOKEN_PATH = "/latest/api/token"
TOKEN_HEADER = "x-aws-ec2-metadata-token"
TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds"
LONGEST = 21_600
VERSION = re.compile(r"latest|\d{4}-\d{2}-\d{2}")
# How long a fault without an answer keeps its client.
FOREVER = 3600.0


@dataclass
class Request:
    """One request, as the record has it."""

    method: str
    path: str
    # `valid`, `invalid` (unknown or expired) or `none`: the last is the first version of the service, which is off.
    token: str
    time: float
    status: int = 0


@dataclass
class Reply:
    """An answer; status 0 cuts the connection."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Metadata:
    """What answers one instance."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.credentials = Credentials(facts)
        self.requests: list[Request] = []
        self.faults: list[dict[str, Any]] = []
        # Set and replaced when a listener ends: whoever waits in a fault need not wait any more.
        self._let_go = threading.Event()
        self._tokens: dict[str, float] = {}
        self._lock = threading.Lock()

    def calls(self) -> list[dict[str, Any]]:
        """Every request, oldest first."""
        with self._lock:
            return [asdict(each) for each in self.requests]

    def answer(self, method: str, path: str, headers: dict[str, str]) -> Reply:
        """The answer to a request; header names are in lower case."""
        request = Request(method, path, self._token_state(headers), now())
        with self._lock:
            self.requests.append(request)
        reply = self._fault(method, path) or self._serve(method, path, headers, request.token)
        request.status = reply.status
        return reply

    def let_go(self) -> None:
        """Whoever still waits for an answer gets none."""
        self._let_go.set()
        self._let_go = threading.Event()

    def forget_tokens(self) -> None:
        """Every token is unknown from now on."""
        with self._lock:
            self._tokens.clear()

    def _token_state(self, headers: dict[str, str]) -> str:
        if TOKEN_HEADER not in headers:
            return "none"
        with self._lock:
            until = self._tokens.get(headers[TOKEN_HEADER], 0.0)
        return "invalid" if expired(until) else "valid"

    def _fault(self, method: str, path: str) -> Reply | None:
        with self._lock:
            found = next((each for each in self.faults if _hits(each, method, path)), None)
        if found is None:
            return None
        self._let_go.wait(FOREVER if found.get("hang") else found.get("delay", 0))
        if found.get("hang") or found.get("cut"):
            return Reply(0)
        return Reply(found["status"], found.get("body", "")) if "status" in found else None

    def _serve(self, method: str, path: str, headers: dict[str, str], token: str) -> Reply:
        if path == TOKEN_PATH:
            return self._make_token(method, headers)
        if token != "valid":
            return Reply(401)
        if method not in ("GET", "HEAD"):
            return Reply(405)
        return self._find(path)

    def _make_token(self, method: str, headers: dict[str, str]) -> Reply:
        if method != "PUT":
            return Reply(405)
        if "x-forwarded-for" in headers:
            return Reply(403)
        seconds = headers.get(TTL_HEADER, "")
        if not seconds.isdecimal() or not 1 <= int(seconds) <= LONGEST:
            return Reply(400)
        token = secrets.token_urlsafe(42)
        with self._lock:
            self._tokens[token] = now() + int(seconds)
        return Reply(200, token, (("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", seconds),))

    def _find(self, path: str) -> Reply:
        parts = [each for each in path.split("/") if each]
        if not parts:
            return Reply(200, "2021-03-23\nlatest")
        if not VERSION.fullmatch(parts[0]):
            return Reply(404)
        found: Any = self.facts.tree(self.credentials.current)
        for each in parts[1:]:
            found = found.get(each) if isinstance(found, dict) else None
        if callable(found):
            found = found()
        if isinstance(found, dict):
            present = [(name, value) for name, value in found.items() if value is not None]
            return Reply(200, "\n".join(f"{name}/" if isinstance(value, dict) else name for name, value in present))
        return Reply(404) if found is None else Reply(200, str(found))


def _hits(fault: dict[str, Any], method: str, path: str) -> bool:
    fits = fnmatch.fnmatchcase(path, fault["path"]) and fnmatch.fnmatchcase(method, fault["method"])
    if not fits or fault["count"] == 0:
        return False
    if fault["skip"] > 0:
        fault["skip"] -= 1
        return False
    fault["count"] -= 1 if fault["count"] > 0 else 0
    fault["hits"] += 1
    return True


def checked_fault(values: dict[str, Any]) -> dict[str, Any]:
    """A fault as the control API takes it, or an error that names what is wrong."""
    known = {"path": "*", "method": "*", "skip": 0, "count": -1}
    effects = {"status", "body", "delay", "hang", "cut"}
    unknown = sorted(set(values) - set(known) - effects)
    if unknown:
        raise ValueError(f"a fault of metadata has no `{unknown[0]}`; it has {', '.join(sorted({*known, *effects}))}")
    if not effects & set(values):
        raise ValueError("a fault needs `status`, `delay`, `hang` or `cut`")
    return known | values | {"hits": 0}
