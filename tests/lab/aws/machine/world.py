"""The network that the machines of one emulator share, and what they all begin with."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from ..lab import lab
from . import docker, owner
from .machine import Machine

# All networks are in 10.76.0.0/15, of which a Docker engine uses nothing by itself.
SECOND = (76, 77)
ATTEMPTS = 50
FIRST_ADDRESS = 10


class World:
    """Machines of one image in a network of their own."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.mark = owner.own()
        self.name = f"jetway-lab-{secrets.token_hex(4)}"
        self.lock = threading.Lock()
        self._taken = 0
        owner.sweep()
        self.prefix = self._make_network()

    @property
    def gateway(self) -> str:
        """The address of the host, where the emulator listens."""
        return f"{self.prefix}.1"

    def _make_network(self) -> str:
        reason: Exception | None = None
        for _ in range(ATTEMPTS):
            prefix = f"10.{secrets.choice(SECOND)}.{secrets.randbelow(256)}"
            mark = f"{owner.LABEL}={self.mark}"
            try:
                docker.run("network", "create", "--subnet", f"{prefix}.0/24", "--label", mark, self.name)
                return prefix
            except docker.DockerFailed as error:
                reason = error
        raise SystemExit(f"no network for machines could be made: {reason}")

    def address(self) -> str:
        """An address that no machine has."""
        with self.lock:
            self._taken += 1
            return f"{self.prefix}.{FIRST_ADDRESS + self._taken % (250 - FIRST_ADDRESS)}"

    def start(self, group: Any, member: Any, data: dict[str, Any]) -> Machine:
        """Lets a machine play a new instance."""
        made = Machine(self, group, member, data)
        lab.start(made.live)
        return made

    def end(self) -> None:
        """Nothing of it stays."""
        owner.remove_all(self.mark)


world: World | None = None


def begin(image: str) -> World:
    """From now on machines play the instances."""
    global world
    world = World(image)
    return world
