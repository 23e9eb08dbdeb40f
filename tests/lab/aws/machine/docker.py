"""Docker's command line, as far as machines need it."""

from __future__ import annotations

import subprocess

PATIENCE = 120


class DockerFailed(Exception):
    """A command of Docker's did not do its work."""


def run(*arguments: str, given: bytes | None = None) -> str:
    """What a command printed, which must succeed."""
    try:
        done = subprocess.run(["docker", *arguments], input=given, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DockerFailed(f"docker {arguments[0]}: {error}") from error
    if done.returncode != 0:
        raise DockerFailed(f"docker {' '.join(arguments[:2])}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace").strip()


def tries(*arguments: str) -> str | None:
    """What a command printed, or nothing if it failed."""
    try:
        return run(*arguments)
    except DockerFailed:
        return None


def lines(*arguments: str) -> list[str]:
    """The lines that a command printed, or none if it failed."""
    return (tries(*arguments) or "").splitlines()


def state(container: str) -> dict[str, str]:
    """`Status`, `ExitCode` and `Pid` of a container; empty if there is none."""
    shape = "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}"
    found = (tries("inspect", "--format", shape, container) or "").split()
    return dict(zip(("Status", "ExitCode", "Pid"), found, strict=True)) if found else {}
