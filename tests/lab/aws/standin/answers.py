"""What a stand-in answers to a command: it has no shell, and knows the agent's status and a few programs in containers."""

from __future__ import annotations

import json
import shlex
from typing import Any

from ..instances import Ran

STATUS = "jetway-agent status --json"


def answer(standin: Any, lines: list[str]) -> Ran:
    """The end of a script of these lines."""
    if lines == [STATUS]:
        return _status(standin)
    if lines[0].startswith("docker exec "):
        return _exec(standin, shlex.split("\n".join(lines))[2:])
    if lines[0].startswith("jetway-agent one-off "):
        return _one_off(standin, shlex.split("\n".join(lines))[2:])
    return Ran(127, "", f"sh: {lines[0].split()[0]}: not found")


def _exec(standin: Any, words: list[str]) -> Ran:
    container, program, *arguments = words
    names = standin.report.containers if standin.report else {}
    boot = standin.boot
    known = [f"jetway-{boot['environment']}-{boot['application']}-{name}-{boot['release']}" for name in names]
    if container not in known:
        return Ran(1, "", f"Error response from daemon: No such container: {container}\n")
    return _program(program, arguments)


def _one_off(standin: Any, words: list[str]) -> Ran:
    end = words.index("--")
    container, (program, *arguments) = words[end - 1], words[end + 1 :]
    if container not in (standin.report.containers if standin.report else {}):
        return Ran(125, "", f"error: hello {standin.boot['release']} has no container here yet\n")
    return _program(program, arguments)


def _program(program: str, arguments: list[str]) -> Ran:
    if program == "echo":
        return Ran(0, " ".join(arguments) + "\n")
    if program == "fail":
        return Ran(int(arguments[0]), "", "it does not work\n")
    if program == "fill":
        return Ran(0, "x" * int(arguments[0]))
    return Ran(127, "", f'OCI runtime exec failed: exec: "{program}": executable file not found in $PATH\n')


def _status(standin: Any) -> Ran:
    report = standin.report
    if report is None:
        error = "cannot read `/run/jetway/report.json`: No such file or directory (os error 2)"
        return Ran(3, json.dumps({"healthy": None, "error": error}), f"error: {error}")
    problem = _problem(standin, report)
    status = {
        "healthy": problem is None,
        "problem": problem,
        "hint": None if problem is None else "its log says more: docker logs",
        "agent": {"running": True, "process": "7"},
        "silent_seconds": 1,
        "docker": {"version": "26.1.5", "api": "1.45", "store": "containerd", "root": "/var/lib/docker"},
        "docker_containers": {name: each["state"] for name, each in report.containers.items()},
        "disk_free_bytes": 12_884_901_888,
        "report": json.loads(report.document()),
    }
    return Ran(0 if problem is None else 1, json.dumps(status) + "\n")


def _problem(standin: Any, report: Any) -> str | None:
    if report.phase == "failed":
        return str(report.failure["reason"])
    if report.phase != "ready":
        return f"not ready yet: {report.phase}"
    for name, container in report.containers.items():
        if not container["healthy"]:
            return f"container `{name}` is unhealthy: {container.get('answer')}"
    return None
