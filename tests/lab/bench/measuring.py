"""What one run costs: time, processor, writes to disk, bytes on the wire, and the peak memory of Jetway itself."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .failure import Failure
from .processes import Command, last_lines, shown
from .procfs import Cost, cost_of, cost_of_tree, peak_memory
from .wire import Traffic, Wire

_SAMPLE = 0.01


@dataclass
class Run:
    """One run of one candidate."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    written_bytes: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    # Of the program under test, where that is Jetway's.
    peak_memory_bytes: int | None = None
    # What the agent itself says that its phases took.
    phases: dict[str, float] = field(default_factory=dict)

    def phases_until_started(self) -> float:
        """What those take that come before the application can answer."""
        return sum(seconds for phase, seconds in self.phases.items() if phase != "probe")


class Meter:
    """Measures from its beginning until `stop`: an engine, the programs started here, and what goes over the wires."""

    def __init__(self, engine: int, wires: Sequence[Wire]) -> None:
        self._engine = engine
        self._wires = wires
        self._own = Cost()
        self._alive: list[Agent] = []
        self.run = Run()
        self._traffic = self._all_traffic()
        self._before = cost_of_tree(engine)
        self._began = time.perf_counter()

    def execute(
        self, command: Command, environment: Mapping[str, str], folder: Path | None = None, is_ours: bool = False
    ) -> str:
        """Runs a command to its end, and returns what it printed. Of Jetway's own programs, the memory is watched."""
        with subprocess.Popen(
            [str(word) for word in command],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A pipeline is ended as a whole.
            start_new_session=True,
        ) as process:
            try:
                output, told = self._watch(process) if is_ours else self._follow(process)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            raise Failure(f"`{shown(command)}` ended with {process.returncode}: {last_lines(told or output)}")
        return output

    def _watch(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        with _Memory(process.pid) as memory:
            said = self._follow(process)
        self.run.peak_memory_bytes = memory.peak
        return said

    def _follow(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        said = _read_both(process)
        # Left unreaped for a moment: only then the kernel still tells what it cost.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self._own += cost_of(process.pid)
        return said

    def start(self, command: Command, environment: Mapping[str, str], log: Path) -> Agent:
        """Starts a program that goes on until it is killed."""
        agent = Agent(command, environment, log)
        self._alive.append(agent)
        return agent

    def stop(self) -> Run:
        """The end: the clock first, then what was spent until then."""
        self.run.seconds = time.perf_counter() - self._began
        own = self._own
        for agent in self._alive:
            own += cost_of(agent.pid)
            self.run.peak_memory_bytes = peak_memory(agent.pid)
        total = cost_of_tree(self._engine) - self._before + own
        traffic = self._all_traffic() - self._traffic
        self.run.cpu_seconds, self.run.written_bytes = total.cpu, total.written
        self.run.sent_bytes, self.run.received_bytes = traffic.up, traffic.down
        return self.run

    def end(self) -> None:
        """Kills what was started here and goes on."""
        for agent in self._alive:
            agent.kill()

    def _all_traffic(self) -> Traffic:
        return sum((wire.traffic() for wire in self._wires), Traffic())


class Agent:
    """A program that goes on until it is killed, so that it cannot tidy up what is looked at next."""

    def __init__(self, command: Command, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as told:
            self._process = subprocess.Popen(
                [str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, stdout=told, stderr=told
            )
        self.pid = self._process.pid

    def check(self) -> None:
        """It still runs."""
        if self._process.poll() is not None:
            told = last_lines(self._log.read_text(errors="replace"))
            raise Failure(f"the agent ended with {self._process.returncode}: {told}")

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()


class _Memory(threading.Thread):
    """Looks at a program's peak memory until the context is left: the kernel forgets it when the program ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.peak: int | None = None

    def run(self) -> None:
        while not self._over.is_set():
            self.peak = peak_memory(self._pid) or self.peak
            self._over.wait(_SAMPLE)

    def __enter__(self) -> _Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _read_both(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it says, without waiting for it as `communicate` does."""
    told: list[str] = []
    assert process.stdout and process.stderr
    stderr = process.stderr
    reader = threading.Thread(target=lambda: told.append(stderr.read()))
    reader.start()
    output = process.stdout.read()
    reader.join()
    return output, told[0]
