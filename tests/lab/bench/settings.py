"""What a run is asked to do: variables with defaults, all checked before anything starts."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .failure import Failure

IMAGES = ("small", "medium", "large", "layers", "random")
ENGINES = ("host", "host-no-pigz", "debian13-classic", "debian13-containerd")
PARTS = ("publish", "boot", "programs")
SHAPES = ("s3", "plain")
DATA = ("disk", "tmpfs")
VARIABLES = (
    "ROUNDS",
    "IMAGES",
    "ENGINES",
    "PARTS",
    "SHAPES",
    "DATA",
    "IDLE_SECONDS",
    "S3_RATE",
    "S3_FIRST_BYTE",
    "PROGRAMS",
)


@dataclass(frozen=True)
class Shape:
    """How the network between this machine and its stores behaves; None is unlimited."""

    name: str
    # Bytes in a second, of each connection and direction.
    rate: float | None = None
    # Seconds from the end of a request until its answer begins.
    first_byte: float = 0.0

    def sentence(self) -> str:
        """For the report."""
        if self.rate is None:
            return "the same proxy without limits"
        return f"{self.rate / 1e6:g} MB/s for each connection, first byte after {self.first_byte * 1e3:g} ms"


@dataclass(frozen=True)
class Settings:
    """All that a run is asked to do."""

    rounds: int
    images: Sequence[str]
    engines: Sequence[str]
    parts: Sequence[str]
    shapes: Sequence[Shape]
    data: str
    idle_seconds: float

    @classmethod
    def of(cls, variables: Mapping[str, str] = os.environ) -> Settings:
        """Reads the variables; the failure names the one that is wrong."""
        _refuse_misspelt(variables)
        s3 = Shape("s3", _number(variables, "S3_RATE", 80) * 1e6, _number(variables, "S3_FIRST_BYTE", 30) / 1e3)
        shapes = {"s3": s3, "plain": Shape("plain")}
        return cls(
            rounds=_count(variables, "ROUNDS", 5),
            images=_some(variables, "IMAGES", IMAGES),
            engines=_some(variables, "ENGINES", ENGINES),
            parts=_some(variables, "PARTS", PARTS),
            shapes=[shapes[name] for name in _some(variables, "SHAPES", SHAPES)],
            data=_one(variables, "DATA", DATA),
            idle_seconds=_number(variables, "IDLE_SECONDS", 30),
        )


def _refuse_misspelt(variables: Mapping[str, str]) -> None:
    """One that is nearly one of these is a slip: it would be ignored, and everything measured."""
    for name in sorted(set(variables) - set(VARIABLES)):
        meant = difflib.get_close_matches(name.upper(), VARIABLES, n=1, cutoff=0.82)
        if meant:
            raise Failure(f"there is no variable {name}: did you mean {meant[0]}?")


def _number(variables: Mapping[str, str], name: str, default: float) -> float:
    text = variables.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise Failure(f"{name} is `{text}`: expected a number above 0")
    return number


def _count(variables: Mapping[str, str], name: str, default: int) -> int:
    number = _number(variables, name, default)
    if number != int(number):
        raise Failure(f"{name} is `{variables[name]}`: expected a whole number")
    return int(number)


def _some(variables: Mapping[str, str], name: str, known: Sequence[str]) -> Sequence[str]:
    """The named ones, in the order in which all are known, so that runs can be compared."""
    words = (variables.get(name) or " ".join(known)).replace(",", " ").split()
    if not words:
        raise Failure(f"{name} names `{variables[name]}`: expected some of {', '.join(known)}")
    for word in words:
        if word not in known:
            raise Failure(f"{name} names `{word}`: expected some of {', '.join(known)}")
    return [word for word in known if word in words]


def _one(variables: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    word = variables.get(name) or known[0]
    if word not in known:
        raise Failure(f"{name} is `{word}`: expected {' or '.join(known)}")
    return word
