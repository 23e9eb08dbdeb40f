"""Commands that must succeed, and servers that end with the bench."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .failure import Failure

Command = Sequence[str | Path]

# What of the caller's surroundings may change how a program behaves.
_FOREIGN = ("AWS_", "JETWAY_", "DOCKER_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def say(text: str) -> None:
    """A line for whoever waits."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a program: the caller's without what would change it, and `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"} | more


def shown(command: Command) -> str:
    """The command as a person would type it."""
    return shlex.join(str(word) for word in command)


def output_of(command: Command, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    """What the command prints on its standard output."""
    ended = subprocess.run(
        [str(word) for word in command],
        env=environment or surroundings(),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Failure(f"`{shown(command)}` ended with {ended.returncode}: {last_lines(ended.stderr or ended.stdout)}")
    return ended.stdout


def last_lines(text: str, count: int = 5) -> str:
    """The end of what a program said."""
    return "\n".join(text.strip().splitlines()[-count:]) or "it said nothing"


def until(what: str, seconds: float, is_so: Callable[[], bool], pause: float = 0.05) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {seconds:g} s")
        time.sleep(pause)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A program that runs beside the bench; leaving the context ends it."""

    def __init__(self, name: str, command: Command, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                env=environment or surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                # Ctrl-C is for the bench alone, which then ends its servers in order.
                start_new_session=True,
            )

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 60) -> None:
        """Waits until it is of use; a failure tells what it said."""

        def is_ready_or_gone() -> bool:
            return self.process.poll() is not None or is_ready()

        until(f"the start of {self.name}", seconds, is_ready_or_gone)
        if self.process.poll() is not None:
            raise Failure(f"{self.name} ended: {last_lines(self._log.read_text(errors='replace'))}")

    def end(self, seconds: float = 30) -> None:
        """Asks it to end, and insists."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"{self.name} does not end when it is asked to, and is killed")
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
