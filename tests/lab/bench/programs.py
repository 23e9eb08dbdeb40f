"""Single programs: how fast they start, what the agent takes when idle, and a status of a thousand instances."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping

from .booting import CANDIDATES, RUN_FOLDER, forget_agent, phases
from .failure import Failure
from .images import Image
from .measuring import Agent
from .metadata import INSTANCE
from .places import AGENT, JETWAY, project_folder
from .processes import Command, last_lines, say, shown, surroundings, until
from .procfs import cost_of, memory, peak_memory
from .releases import Release
from .results import Measure
from .site import Site

_STARTS = 21
_STATUSES = 5
INSTANCES = 1000


def measure(site: Site, image: Image, idle_seconds: float) -> Iterator[Measure]:
    """All of it, on an engine that has nothing."""
    release = Release(image, 1, site.environment, site.port)
    yield Measure("start of /bin/true", _start_of(["/bin/true"], surroundings()), "s")
    yield Measure("jetway --help", _start_of([JETWAY, "--help"], surroundings()), "s")
    booter = next(candidate for candidate in CANDIDATES if candidate.name == "jetway")
    forget_agent()
    site.engine.purge()
    meter = site.meter()
    try:
        agent = booter.boot(site, meter, image, release.version)
        assert agent
        phases(agent)
        command: Command = [AGENT, "status", "--run-dir", RUN_FOLDER]
        yield Measure("jetway-agent status", _start_of(command, surroundings(DOCKER_HOST=site.engine.host)), "s")
        yield from _idle(agent, idle_seconds)
        yield Measure(f"jetway status --instances of {INSTANCES:,}", _status(site, release), "s")
    finally:
        meter.end()
        site.engine.purge()


def _idle(agent: Agent, seconds: float) -> Iterator[Measure]:
    say(f"programs: the agent does nothing for {seconds:g} s")
    before = cost_of(agent.pid)
    time.sleep(seconds)
    idle = memory(agent.pid) or 0
    yield Measure("agent, idle: share of a core", (cost_of(agent.pid) - before).cpu / seconds, "")
    yield Measure("agent, idle: memory", idle, "bytes")
    yield Measure("agent: peak memory above idle", (peak_memory(agent.pid) or 0) - idle, "bytes")


def _start_of(command: Command, environment: Mapping[str, str]) -> float:
    """The median time from its start to its end, in seconds."""
    return _median_time(lambda: _run(command, environment), _STARTS)


def _run(command: Command, environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if ended.returncode != 0:
        told = last_lines((ended.stderr or ended.stdout).decode(errors="replace"))
        raise Failure(f"`{shown(command)}` ended with {ended.returncode}: {told}")


def _median_time(work: Callable[[], None], count: int) -> float:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _status(site: Site, release: Release) -> float:
    """Instances that all report what the one here does; there is no stack of them, and so they are not healthy."""
    folder = site.storage.file(release.reports)
    own = folder / f"{INSTANCE}.json"
    until("the agent's report in the store", 30, lambda: own.is_file() and '"ready"' in own.read_text())
    report = json.loads(own.read_text())
    names = [f"i-{number:017x}" for number in range(1, INSTANCES)]
    try:
        for name in names:
            (folder / f"{name}.json").write_text(json.dumps(report | {"instance": name}))
        site.storage.put(release.current, release.live())
        command: Command = [
            JETWAY,
            "--json",
            "status",
            site.environment,
            "--instances",
            "--application",
            release.application,
        ]
        return _median_time(lambda: _list_all(command, site.aws()), _STATUSES)
    finally:
        # Not the folder: the agent goes on writing its own report there.
        for name in names:
            (folder / f"{name}.json").unlink(missing_ok=True)
        site.storage.drop(release.current)


def _list_all(command: Command, environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=project_folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        count = len(json.loads(ended.stdout)["instances"])
    except ValueError:
        raise Failure(f"`{shown(command)}` printed no status: {last_lines(ended.stderr)}") from None
    if count != INSTANCES:
        raise Failure(f"`{shown(command)}` shows {count} instances of {INSTANCES}")
