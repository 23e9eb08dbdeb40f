"""Commands on a machine, as the SSM agent runs them: a script that leads a process group, which is killed as a whole."""

from __future__ import annotations

import secrets
import subprocess
import threading
import time

from ..instances import Ran
from . import docker

POLL = 0.1


def run(machine: str, lines: list[str], limit: float, cancelled: threading.Event) -> Ran:
    """Runs lines of a shell script as root; TimeoutError after `limit` seconds, InterruptedError once it is cancelled."""
    mark = f"/run/lab-command-{secrets.token_hex(4)}"
    words = ["docker", "exec", "--interactive", machine, "setsid", "--wait", "sh", "-s"]
    pipe = subprocess.PIPE
    given: bytes | None = "\n".join([f"echo $$ >{mark}", *lines, ""]).encode()
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        end = time.monotonic() + limit
        while True:
            try:
                out, err = process.communicate(given, timeout=POLL)
                return Ran(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))
            except subprocess.TimeoutExpired:
                # What was given is on its way, and may not be given twice.
                given = None
            if cancelled.is_set() or time.monotonic() > end:
                docker.tries("exec", machine, "sh", "-c", f"kill -s KILL -- -$(cat {mark})")
                process.kill()
                raise InterruptedError if cancelled.is_set() else TimeoutError
