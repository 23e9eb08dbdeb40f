"""Everything that a candidate acts on: one engine, the stores behind one shape of network, and the emulated AWS."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from .cloud import ENVIRONMENT, Cloud
from .engines import Engine
from .failure import Failure
from .images import Image
from .measuring import Agent, Meter
from .metadata import Metadata
from .processes import last_lines
from .registry import Registry
from .storage import Storage
from .wire import Wire

_PATIENCE = 300
_POLL = 0.004


@dataclass(frozen=True)
class Site:
    """What candidates act on."""

    engine: Engine
    storage: Storage
    registry: Registry
    cloud: Cloud
    metadata: Metadata
    to_storage: Wire
    to_registry: Wire
    # Where the application answers.
    port: int

    environment = ENVIRONMENT

    def aws(self, **more: str) -> dict[str, str]:
        """The environment of a program that speaks to AWS."""
        return self.cloud.environment(self.to_storage.port, **more)

    def meter(self) -> Meter:
        """Starts the clock."""
        return Meter(self.engine.pid, (self.to_storage, self.to_registry))

    def in_registry(self, image: Image, version: int) -> str:
        """What the engine calls the image in the registry."""
        return f"127.0.0.1:{self.to_registry.port}/{image.reference(version)}"

    def load(self, image: Image, version: int) -> None:
        """Gets a version into the engine from its archive, on nobody's clock."""
        self.engine.docker("load", "--quiet", "--input", image.path(version))

    def page(self) -> str | None:
        """What the application says of itself, if it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                return str(answer.read().decode())
        except (OSError, urllib.error.URLError):
            return None

    def wait_for_answer(self, agent: Agent | None = None) -> None:
        """Returns as soon as the application answers."""
        deadline = time.monotonic() + _PATIENCE
        while self.page() is None:
            if agent:
                agent.check()
            if time.monotonic() > deadline:
                raise Failure(f"the application did not answer within {_PATIENCE} s")
            time.sleep(_POLL)

    def check_running(self, image: Image, version: int) -> None:
        """Exactly one container runs, of the right image, and the application in it says the right version."""
        running = self.engine.docker("ps", "--quiet").split()
        if len(running) != 1:
            raise Failure(f"{len(running)} containers run instead of one")
        found = self.engine.docker("inspect", "--format", "{{.Image}}", running[0]).strip()
        if self.engine.layers(found) != image.layers(version):
            raise Failure(f"the container that runs is not of {image.reference(version)}")
        lines = [line.split() for line in (self.page() or "").splitlines()]
        if ["version", str(version)] not in lines:
            raise Failure(f"the application is not version {version}: {last_lines(self.page() or '')}")
