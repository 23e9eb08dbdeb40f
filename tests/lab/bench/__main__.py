"""`make bench`: sets up all that is compared, measures, reports, and leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from . import images, plot, programs, report
from .cloud import Cloud
from .engines import KINDS, Engine
from .failure import Failure
from .images import Image
from .metadata import Metadata
from .places import HOME
from .preparing import prepare
from .processes import free_port, say
from .registry import Registry
from .results import Results
from .rounds import Rounds
from .settings import Settings, Shape
from .site import Site
from .storage import Storage, storage
from .wire import Wire

# What is left of a run are its report and logs, and what the next one need not make again.
_SCRATCH = ("boot", "home", "installation", "project", "registry", "run", "s3", "limit.json")


@dataclass
class Bench:
    """What all runs share."""

    settings: Settings
    images: Sequence[Image]
    storage: Storage
    registry: Registry
    cloud: Cloud
    metadata: Metadata
    port: int
    results: Results

    @contextmanager
    def site(self, engine: Engine, shape: Shape) -> Iterator[Site]:
        """The stores as that engine sees them through that network."""
        with Wire(self.storage.port, shape) as to_storage, Wire(self.registry.port, shape) as to_registry:
            yield Site(
                engine, self.storage, self.registry, self.cloud, self.metadata, to_storage, to_registry, self.port
            )

    @contextmanager
    def engine(self, name: str) -> Iterator[Engine]:
        """One engine, and a note of what it is."""
        with Engine(KINDS[name], self.settings.data) as engine:
            self.results.engines[name] = engine.facts()
            yield engine

    def publish(self) -> None:
        """Publishing, engine by engine."""
        # How the engine decompresses matters to nobody who publishes.
        for name in (name for name in self.settings.engines if KINDS[name].uses_pigz):
            with self.engine(name) as engine:
                for image in self.images:
                    for shape in self.settings.shapes:
                        with self.site(engine, shape) as site:
                            Rounds(site, image, shape.name, self.results).publish(self.settings.rounds)

    def prepare(self) -> None:
        """Fills the stores, with this machine's engine: what is published is the same for all."""
        self.registry.empty()
        with self.engine("host") as engine, self.site(engine, Shape("plain")) as site:
            for image in self.images:
                say(f"preparing {image.name}")
                prepare(site, image)

    def boot(self) -> None:
        """Booting, engine by engine."""
        for name in self.settings.engines:
            with self.engine(name) as engine:
                for image in self.images:
                    for shape in self.settings.shapes:
                        with self.site(engine, shape) as site:
                            Rounds(site, image, shape.name, self.results).boot(self.settings.rounds)

    def programs(self) -> None:
        """Single programs, with the largest image of those that were asked for."""
        largest = max(self.images, key=lambda image: image.path(1).stat().st_size)
        with self.engine(self.settings.engines[-1]) as engine, self.site(engine, self.settings.shapes[0]) as site:
            try:
                self.results.programs.extend(programs.measure(site, largest, self.settings.idle_seconds))
            # Whatever it was: what was measured before is not lost.
            except Exception as failure:
                say(f"FAILED: programs: {failure}")
                self.results.fail("programs", "jetway", f"{type(failure).__name__}: {failure}")


def measure(settings: Settings, results: Results) -> None:
    """All that was asked for."""
    with ExitStack() as stack:
        stack.callback(_tidy)
        _tidy()
        made = [images.make(name) for name in settings.images]
        results.images = {image.name: image.facts() for image in made}
        cloud = stack.enter_context(Cloud(HOME / "installation"))
        bench = Bench(
            settings=settings,
            images=made,
            storage=stack.enter_context(storage(HOME / "s3", cloud.bucket)),
            registry=stack.enter_context(Registry(HOME / "registry")),
            cloud=cloud,
            metadata=stack.enter_context(Metadata(cloud.account)),
            port=free_port(),
            results=results,
        )
        if "publish" in settings.parts:
            bench.publish()
        if {"boot", "programs"} & set(settings.parts):
            bench.prepare()
        if "boot" in settings.parts:
            bench.boot()
        if "programs" in settings.parts:
            bench.programs()


def _tidy() -> None:
    for name in _SCRATCH:
        path = HOME / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _stop(number: int, _: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    """The exit code: 0 all runs succeeded, 1 not, 2 wrong use. With `check`, only the variables are looked at."""
    try:
        settings = Settings.of()
    except Failure as failure:
        say(str(failure))
        return 2
    if sys.argv[1:] == ["check"]:
        return 0
    # As Ctrl-C: engines and servers are ended in order.
    signal.signal(signal.SIGTERM, _stop)
    results = Results()
    # What was measured before the end came is worth a report, too.
    try:
        measure(settings, results)
    except Failure as failure:
        results.fail("the run as a whole", "bench", str(failure))
    except KeyboardInterrupt:
        results.fail("the run as a whole", "bench", "it was interrupted; everything that was started has ended")
    _tell(report.build(report.surroundings(settings, results), results))
    return 1 if results.failures else 0


def _tell(found: dict[str, Any]) -> None:
    report.write(found, plot.picture(found))
    print(report.tables(found), end="", flush=True)
    say(f"written: {HOME / 'report.json'} and report.svg")


if __name__ == "__main__":
    sys.exit(main())
