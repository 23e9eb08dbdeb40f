"""The runs: in each round every candidate once, every second round backwards, each run checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from . import booting, publishing
from .booting import Booter, forget_agent, phases
from .images import VERSIONS, Image
from .processes import say
from .publishing import Publisher
from .results import Case, Results
from .site import Site

Candidate = TypeVar("Candidate")
FIRST, SECOND = VERSIONS


def in_turn(number: int, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The candidates of a round."""
    return candidates if number % 2 else list(reversed(candidates))


def booters(shape: str, uses_pigz: bool) -> list[Booter]:
    """The candidates that make a difference here: without pigz, those that open gzip, and Jetway beside them."""
    if not uses_pigz:
        return [booter for booter in booting.CANDIDATES if booter.opens_gzip or booter.name == "jetway"]
    return [booter for booter in booting.CANDIDATES if shape == "plain" or not booter.is_local]


class Rounds:
    """All runs with one image at one site."""

    def __init__(self, site: Site, image: Image, shape: str, results: Results) -> None:
        self._site = site
        self._image = image
        self._shape = shape
        self._results = results

    def publish(self, count: int) -> None:
        """Publishes the first version, then one with another small layer, then that again."""
        for version in VERSIONS:
            self._site.load(self._image, version)
        for number in range(1, count + 1):
            self._announce("publish", number, count)
            for publisher in in_turn(number, publishing.CANDIDATES):
                publisher.forget(self._site, self._image)
                self._publish_all(publisher)
        self._site.engine.purge()

    def boot(self, count: int) -> None:
        """Boots the first version on an engine that has nothing, then the second on one that has the first."""
        kind = self._site.engine.kind
        candidates = booters(self._shape, kind.uses_pigz)
        for number in range(1, count + 1):
            self._announce("boot", number, count)
            for booter in in_turn(number, candidates):
                forget_agent()
                self._site.engine.purge()
                if self._boot(booter, "cold", FIRST) and booter.runs:
                    self._boot(booter, "warm", SECOND)
                # Docker's own store does not use layers that were loaded: docs/boot.md.
                if booter.skips_layers and kind.uses_containerd:
                    self._boot_baked(booter)
        self._site.engine.purge()

    def _boot_baked(self, booter: Booter) -> None:
        """As the first instance of the second version, whose AMI has the first."""
        forget_agent()
        self._site.engine.purge()
        self._site.load(self._image, FIRST)
        self._boot(booter, "baked", SECOND)

    def _publish_all(self, publisher: Publisher) -> None:
        steps = [("first", FIRST), ("changed", SECOND)] + [("again", SECOND)] * publisher.can_repeat
        for name, version in steps:
            os.sync()
            case = self._case("publish", name)
            with self._failing(case, publisher.name):
                meter = self._site.meter()
                publisher.publish(self._site, meter, self._image, version)
                run = meter.stop()
                publisher.check(self._site, self._image, version)
                self._results.add(case, publisher.name, run)

    def _boot(self, booter: Booter, name: str, version: int) -> bool:
        case = self._case("boot", name)
        os.sync()
        with self._failing(case, booter.name):
            meter = self._site.meter()
            try:
                agent = booter.boot(self._site, meter, self._image, version)
                run = meter.stop()
                if agent:
                    run.phases = phases(agent)
                if booter.runs:
                    self._site.check_running(self._image, version)
            finally:
                meter.end()
                self._site.engine.remove_containers()
            self._results.add(case, booter.name, run)
            return True
        return False

    @contextmanager
    def _failing(self, case: Case, candidate: str) -> Iterator[None]:
        # Whatever it was: it is told, it fails the script, and what the other candidates show is not lost.
        try:
            yield
        except Exception as failure:
            say(f"FAILED: {case.title()}: {candidate}: {failure}")
            self._results.fail(case.title(), candidate, f"{type(failure).__name__}: {failure}")

    def _case(self, part: str, name: str) -> Case:
        return Case(part, self._site.engine.kind.name, self._image.name, self._shape, name)

    def _announce(self, part: str, number: int, count: int) -> None:
        load = " ".join(f"{load:.2f}" for load in os.getloadavg())
        where = f"image {self._image.name}, engine {self._site.engine.kind.name}, network {self._shape}"
        say(f"{part}: {where}: round {number} of {count}, load average {load}")
