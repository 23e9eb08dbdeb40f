"""What the kernel tells of running programs: processor time, writes, memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What processes took since they began, with those of their children that have ended."""

    cpu: float = 0.0
    written: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.written + other.written)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.written - other.written)


def peak_memory(pid: int) -> int | None:
    """The most memory that a running program ever had, in bytes; none once it has ended."""
    return _status(pid, "VmHWM:")


def memory(pid: int) -> int | None:
    """The memory that a running program has."""
    return _status(pid, "VmRSS:")


def _status(pid: int, name: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), None)


def cost_of(pid: int) -> Cost:
    """What one process took, with its children that have ended; nothing if it is gone."""
    try:
        times = _stat(pid)[11:15]
        counted = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    except (OSError, ProcessLookupError):
        return Cost()
    return Cost(sum(int(ticks) for ticks in times) / _TICK, int(counted["write_bytes"]))


def cost_of_tree(root: int) -> Cost:
    """The same for a process with all below it."""
    parents: dict[int, int] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(name)] = int(_stat(int(name))[1])
        except (OSError, ProcessLookupError):
            continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sum((cost_of(pid) for pid in found), Cost())


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
