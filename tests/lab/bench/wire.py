"""The shaping proxies in front of one server, one for each shape, and what went through them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from .places import LAB, PYTHON
from .processes import surroundings
from .settings import Shape


@dataclass(frozen=True)
class Traffic:
    """Bytes, and the processor seconds of the proxy that passed them on."""

    up: int = 0
    down: int = 0
    cpu: float = 0.0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.up + other.up, self.down + other.down, self.cpu + other.cpu)

    def __sub__(self, other: Traffic) -> Traffic:
        return Traffic(self.up - other.up, self.down - other.down, self.cpu - other.cpu)


class Wire:
    """One way to one server; leaving the context ends it."""

    def __init__(self, upstream: int, shape: Shape) -> None:
        self._process = subprocess.Popen(
            [PYTHON, "-m", "bench.shaping", str(upstream), str(shape.rate or 0), str(shape.first_byte)],
            cwd=LAB,
            env=surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.port = int(self._line())

    def traffic(self) -> Traffic:
        """All that went through so far."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Traffic(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
