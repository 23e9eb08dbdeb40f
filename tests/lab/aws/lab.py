"""What one emulated AWS knows besides its stores: settings, records, behaviours and faults."""

from __future__ import annotations

import fnmatch
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from typing import Any

ACCOUNT = "123456789012"
PARTITION = "aws"
MOST_RECORDS = 50_000


@dataclass
class Settings:
    """What the control API can change while the emulator runs."""

    enforce_iam: bool = False
    # Multiplies every time limit of AWS: creation policies, lifecycle hooks, scheduled actions do not change.
    time_scale: float = 1.0
    # Seconds that CloudFormation takes for each resource.
    resource_delay: float = 0.0
    # Seconds until a change set is ready.
    change_set_delay: float = 0.0
    # Seconds until a new instance runs, and until a target changes its health.
    instance_delay: float = 0.0
    target_delay: float = 0.2
    # Multiplies the time between two health checks of a machine.
    health_check_scale: float = 1.0
    # Seconds added to the `Date` header of every answer.
    date_skew: float = 0.0
    # Seconds between two reports of a stand-in that serves.
    heartbeat: float = 5.0
    verify_checksums: bool = True
    # The most events in an answer of CloudWatch Logs.
    log_page: int = 10_000
    # Whether leave to list a prefix is also leave to see that a key with this prefix is missing (404 instead of 403).
    missing_keys_match_prefixes: bool = False

    def change(self, values: dict[str, Any]) -> None:
        """Sets what is named; an unknown name or a wrong type is refused."""
        known = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no setting is called `{name}`; there are {', '.join(sorted(known))}")
            if known[name] is bool and not isinstance(value, bool):
                raise ValueError(f"`{name}` is true or false")
            setattr(self, name, known[name](value))


@dataclass
class Record:
    """One call that a client made."""

    service: str
    operation: str
    resource: str
    caller: str
    region: str
    time: float
    status: int = 0
    error: str = ""
    number: int = 0


@dataclass
class Lab:
    """One emulated AWS."""

    region: str = "us-east-1"
    endpoint: str = ""
    settings: Settings = field(default_factory=Settings)
    records: list[Record] = field(default_factory=list)
    behaviours: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    resource_faults: list[dict[str, Any]] = field(default_factory=list)
    launch_faults: list[dict[str, Any]] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    # The emulator's own calls carry this key: no rule applies to them, and no record is kept.
    internal_key: str = field(default_factory=lambda: "AKIALABINTERNAL" + secrets.token_hex(3).upper()[:5])
    internal_secret: str = field(default_factory=lambda: secrets.token_urlsafe(30))
    admin: dict[str, str] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    # A thread of an earlier life of the emulator sees that a reset made it obsolete.
    generation: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def record(self, record: Record) -> None:
        """Keeps a call."""
        with self.lock:
            record.number = len(self.records) + 1
            if len(self.records) < MOST_RECORDS:
                self.records.append(record)

    def list_records(self, **only: str) -> list[dict[str, Any]]:
        """The calls, oldest first, whose fields match the patterns."""
        with self.lock:
            found = [asdict(each) for each in self.records]
        for name, pattern in only.items():
            found = [each for each in found if fnmatch.fnmatchcase(str(each.get(name, "")), pattern)]
        return found

    def is_frozen(self, name: str) -> bool:
        """Whether a stack may not go on."""
        with self.lock:
            return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.frozen)

    def start(self, work: Any, *arguments: Any) -> threading.Thread:
        """Runs `work` beside everything else; it ends with the emulator."""
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        return thread

    def scaled(self, seconds: float) -> float:
        """A time limit of AWS as this emulator keeps it."""
        return seconds * self.settings.time_scale


lab = Lab()


def now() -> float:
    """The time, in seconds since 1970."""
    return time.time()


def random_text(length: int, letters: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") -> str:
    """The random part of a generated name."""
    return "".join(secrets.choice(letters) for _ in range(length))
