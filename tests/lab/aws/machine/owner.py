"""Who owns containers and networks: each carries its process, so that what a killed test left can be told."""

from __future__ import annotations

import os
from pathlib import Path

from . import docker

LABEL = "jetway.lab.owner"


def own() -> str:
    """The mark of this process: its id, and when it began, since ids are given again."""
    return f"{os.getpid()}-{_began(os.getpid())}"


def _began(process: int) -> str:
    try:
        # The name, in parentheses, may have spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _is_alive(mark: str) -> bool:
    process, _, began = mark.partition("-")
    return process.isdecimal() and _began(int(process)) == began


def sweep() -> None:
    """Removes what belongs to processes that are gone."""
    shape = f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
    containers = _orphans("ps", "--all", "--format", shape)
    if containers:
        docker.tries("rm", "--force", "--volumes", *containers)
    networks = _orphans("network", "ls", "--format", shape)
    if networks:
        docker.tries("network", "rm", *networks)


def _orphans(*listing: str) -> list[str]:
    found = [line.split() for line in docker.lines(*listing, "--filter", f"label={LABEL}")]
    return [each[0] for each in found if len(each) == 2 and not _is_alive(each[1])]


def remove_all(mark: str) -> None:
    """Removes everything of one owner."""
    containers = docker.lines("ps", "--all", "--quiet", "--filter", f"label={LABEL}={mark}")
    if containers:
        docker.tries("rm", "--force", "--volumes", *containers)
    networks = docker.lines("network", "ls", "--quiet", "--filter", f"label={LABEL}={mark}")
    if networks:
        docker.tries("network", "rm", *networks)
