"""Docker engines of the bench's own, one at a time, so that removing every image harms nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure
from .places import HOME, LAB
from .processes import Command, Server, output_of, surroundings

# Of this checkout alone: another one may run its own bench meanwhile.
BRIDGE = f"jwb{zlib.crc32(str(HOME).encode()):08x}"
ADDRESS = "10.253.253.1/30"


@dataclass(frozen=True)
class Kind:
    """Where an engine's program comes from and how it is set up."""

    name: str
    is_debian13: bool = False
    uses_containerd: bool = False
    uses_pigz: bool = True


KINDS = {
    kind.name: kind
    for kind in (
        Kind("host"),
        Kind("host-no-pigz", uses_pigz=False),
        Kind("debian13-classic", is_debian13=True),
        Kind("debian13-containerd", is_debian13=True, uses_containerd=True),
    )
}


class Engine:
    """A running dockerd with a socket, data and bridge of its own; leaving the context leaves nothing."""

    def __init__(self, kind: Kind, data: str) -> None:
        self.kind = kind
        self.folder = HOME / "engines" / kind.name
        self._data = data
        # Sockets need short names, which a checkout's folder may not have.
        self._runtime = Path(tempfile.mkdtemp(prefix="jetway-bench-", dir="/tmp"))
        self.host = f"unix://{self._runtime}/docker.sock"
        self._server: Server | None = None

    @property
    def pid(self) -> int:
        """The dockerd's process."""
        assert self._server
        return self._server.process.pid

    def docker(self, *arguments: str | Path) -> str:
        """What a docker command prints."""
        return output_of(["docker", *arguments], self.environment())

    def environment(self) -> dict[str, str]:
        """The environment of a program that speaks to this engine."""
        return surroundings(DOCKER_HOST=self.host)

    def facts(self) -> dict[str, object]:
        """What the report says of it."""
        facts = json.loads(self.docker("info", "--format", "{{json .}}"))
        return {
            "version": facts["ServerVersion"],
            "storage_driver": facts["Driver"],
            "system": facts["OperatingSystem"] if not self.kind.is_debian13 else "Debian 13, by debootstrap",
            "pigz": self.kind.uses_pigz,
            "data_root_on": self._data,
        }

    def purge(self) -> None:
        """Removes all containers and images, so that a cold start is cold."""
        self.remove_containers()
        self.docker("image", "prune", "--all", "--force")
        if left := self.docker("images", "--all", "--quiet").split():
            raise Failure(f"the engine still has the images {', '.join(left)}: a cold start would not be cold")
        os.sync()

    def remove_containers(self) -> None:
        """Removes all containers, running or not."""
        if there := self.docker("ps", "--all", "--quiet").split():
            self.docker("rm", "--force", *there)

    def layers(self, image: str) -> list[str]:
        """The digests of an image's layers, uncompressed."""
        found: list[str] = json.loads(self.docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
        return found

    def __enter__(self) -> Engine:
        self._remove_remains()
        self.folder.mkdir(parents=True)
        if self._data == "tmpfs":
            output_of(["mount", "-t", "tmpfs", "-o", "mode=0711", "jetway-bench", self.folder])
        # A dockerd without a bridge of its own removes docker0, which belongs to the machine's engine.
        output_of(["ip", "link", "add", BRIDGE, "type", "bridge"])
        output_of(["ip", "address", "add", ADDRESS, "dev", BRIDGE])
        config = self._runtime / "daemon.json"
        features = {"containerd-snapshotter": self.kind.uses_containerd} if self.kind.is_debian13 else {}
        config.write_text(json.dumps({"features": features}))
        environment = surroundings() if self.kind.uses_pigz else surroundings(MOBY_DISABLE_PIGZ="1")
        self._server = Server(f"the engine {self.kind.name}", self._command(config), self._log(), environment)
        self._server.wait_until(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._server and self._server.process.poll() is None and self._answers():
                self.remove_containers()
        finally:
            if self._server:
                self._server.end()
            self._remove_remains()
            shutil.rmtree(self._runtime, ignore_errors=True)

    def _command(self, config: Path) -> Command:
        program: list[str | Path] = ["dockerd"]
        if self.kind.is_debian13:
            program = [LAB / "debian13-engine.sh", "run", self.folder]
        return [
            *program,
            *("--host", self.host, "--config-file", config, "--pidfile", self._runtime / "pid"),
            *("--data-root", self.folder / "data", "--exec-root", self._runtime / "exec"),
            *("--bridge", BRIDGE, "--iptables=false", "--ip-masq=false", "--ip-forward=false"),
            *("--containerd-namespace", "jetway-bench", "--containerd-plugins-namespace", "jetway-bench-plugins"),
        ]

    def _log(self) -> Path:
        return HOME / "logs" / f"{self.kind.name}.log"

    def _answers(self) -> bool:
        return _succeeds(["docker", "version"], self.environment())

    def _remove_remains(self) -> None:
        """What this engine, or one that was killed, leaves: mounts, the bridge, and its data."""
        # dockerd leaves the network namespace of the host mounted, and on some systems its data.
        for mount in (self._runtime / "exec/netns/default", self.folder / "data", self.folder):
            if os.path.ismount(mount):
                output_of(["umount", "--lazy", mount])
        if Path("/sys/class/net", BRIDGE).exists():
            output_of(["ip", "link", "delete", BRIDGE])
        if self.folder.exists():
            shutil.rmtree(self.folder)


def _succeeds(command: Command, environment: dict[str, str]) -> bool:
    quiet = subprocess.DEVNULL
    ended = subprocess.run(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, check=False)
    return ended.returncode == 0
