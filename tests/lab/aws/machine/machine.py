"""One machine: a container's life, as Auto Scaling, EC2 and a test want it."""

from __future__ import annotations

import base64
import io
import os
import select
import tarfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from ..clients import client
from ..instances import Ran, played
from ..lab import lab
from ..metadata import control as metadata_control
from ..metadata.facts import Facts
from ..metadata.server import Listener, listen_inside
from ..metadata.service import Metadata
from . import docker, owner, plans, shell
from .targets import Checks

POLL = 0.05
# EC2 lets a system shut down for some minutes before it takes the power away.
SHUTDOWN = 100
# systemd ends process 1 so when the machine is to boot again; Docker shows 128 and the signal, SIGHUP:
# https://systemd.io/CONTAINER_INTERFACE/
REBOOT = "129"
AGENT_SETTINGS = "/etc/jetway/agent.env"
# What Docker must give a container so that systemd, and a Docker inside, find a machine.
OPTIONS = Path(__file__).parents[2] / "instance" / "options"


class Machine:
    """An instance that really runs."""

    def __init__(self, world: Any, group: Any, member: Any, data: dict[str, Any]) -> None:
        self.world, self.group, self.member = world, group, member
        self.id, self.region = member.id, group.region
        self.address = world.address()
        self.container = f"{world.name}-{self.id}"
        self.checks = Checks(self.address)
        self.plan = plans.take(group.name)
        self.metadata = Metadata(self._facts(data))
        self.metadata.faults += self.plan.metadata_faults
        self._listener: Listener | None = None
        self._process: int | None = None
        self._gone = threading.Event()
        self._stopped = threading.Event()
        self._console: list[str] = []
        # Taken while the container is being started or ended, so that a fault and the machine's life do not meet.
        self.power = threading.RLock()
        self.off = False
        # Paused, or cut off from everybody.
        self.deaf = False
        played[self.id] = self
        metadata_control.services[self.id] = self.metadata

    def _facts(self, data: dict[str, Any]) -> Facts:
        tags = client("ec2", self.region).describe_tags(Filters=[{"Name": "resource-id", "Values": [self.id]}])["Tags"]
        facts = Facts(
            instance_id=self.id,
            region=self.region,
            zone=self.member.zone,
            type=self.member.type,
            image=data["ImageId"],
            address=self.address,
            role=self._role(data),
            target_lifecycle_state="InService",
            tags={each["Key"]: each["Value"] for each in tags},
        )
        if "UserData" in data:
            facts.user_data = base64.b64decode(data["UserData"]).decode()
        facts.change(self.plan.metadata)
        return facts

    def _role(self, data: dict[str, Any]) -> str | None:
        profile = data.get("IamInstanceProfile") or {}
        name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
        if not name:
            return None
        found = client("iam", self.region).get_instance_profile(InstanceProfileName=name)
        return str(found["InstanceProfile"]["Roles"][0]["Arn"])

    @property
    def console(self) -> list[str]:
        """What the system wrote to `/dev/console`."""
        found = docker.lines("logs", self.container)
        if found:
            self._console = [line.rstrip("\r") for line in found]
        return self._console

    def stop(self) -> None:
        """Terminated: the system shuts down, and then nothing of it is there any more."""
        self._stopped.set()

    def command(self, lines: list[str], limit: float, cancelled: threading.Event) -> Ran:
        """Runs lines of a shell script as root."""
        ran = shell.run(self.container, lines, limit, cancelled)
        if not self.runs():
            raise ConnectionError
        return ran

    def details(self) -> dict[str, Any]:
        """What the control API shows of a machine alone."""
        return {
            "address": self.address,
            "container": None if self._gone.is_set() else self.container,
            "power": docker.state(self.container).get("Status", "gone"),
        }

    def leave_target_group(self, arn: str) -> None:
        """No health checks any more."""
        self.checks.forget(arn)

    def target_state(self, arn: str, port: int, since: float) -> dict[str, str]:
        """What health checks by HTTP found."""
        return self.checks.state(arn, port)

    def live(self) -> None:
        """The whole life."""
        try:
            if self._stopped.wait(lab.settings.instance_delay):
                return
            self._create()
            self.switch_on()
            self._follow()
        except (docker.DockerFailed, OSError) as error:
            if not lab.stopping.is_set():
                traceback.print_exc()
            self._console.append(f"lab: {error}")
        finally:
            self._remove()

    def _create(self) -> None:
        docker.run(
            *("create", "--tty", "--name", self.container, "--hostname", f"ip-{self.address.replace('.', '-')}"),
            *("--label", f"{owner.LABEL}={self.world.mark}", "--network", self.world.name, "--ip", self.address),
            *(*OPTIONS.read_text().splitlines(), self.world.image),
        )
        self.put(AGENT_SETTINGS, f"AWS_ENDPOINT_URL={lab.endpoint}\n")
        for path, content in self.plan.files.items():
            self.put(path, content)

    def put(self, path: str, content: str) -> None:
        """Writes a file of root's, whether the machine runs or not; not below /run or /tmp."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.mtime = len(content.encode()), 0o644, int(time.time())
            tar.addfile(entry, io.BytesIO(content.encode()))
        docker.run("cp", "-", f"{self.container}:/", given=archive.getvalue())

    def switch_on(self) -> None:
        """Gives the machine power: it boots."""
        with self.power:
            docker.run("start", self.container)
            process = int(docker.state(self.container).get("Pid", "0"))
            if process == 0:
                raise docker.DockerFailed("the machine ended as soon as it was started")
            self._forget_process()
            self._process = os.pidfd_open(process)
            # A new boot has a new network namespace.
            self._listener = listen_inside(self.metadata, process)
            self.off = self.deaf = False

    def switch_off(self) -> None:
        """Takes the power away."""
        with self.power:
            self.off = True
            docker.tries("kill", self.container)

    def _forget_process(self) -> None:
        if self._listener is not None:
            self._listener.end()
            self._listener = None
        if self._process is not None:
            os.close(self._process)
            self._process = None

    def _follow(self) -> None:
        while not self._stopped.wait(POLL):
            if lab.stopping.is_set():
                return
            if self.member.leaving and self.metadata.facts.target_lifecycle_state == "InService":
                self.metadata.facts.target_lifecycle_state = "Terminated"
            self._boot_again()
        with self.power:
            docker.tries("unpause", self.container)
            docker.tries("stop", "--time", str(SHUTDOWN), self.container)

    def _boot_again(self) -> None:
        if self.runs() or not self.power.acquire(blocking=False):
            return
        try:
            found = docker.state(self.container)
            if self.off or found.get("Status") != "exited":
                return
            if found["ExitCode"] == REBOOT:
                self.switch_on()
            else:
                self.stopped()
        finally:
            self.power.release()

    def stopped(self) -> None:
        """The machine is off, which EC2 calls stopped; Auto Scaling replaces such instances."""
        self.off = True
        self.member.health = "Unhealthy"

    def hears(self) -> bool:
        """Whether it has power, is not paused, and has a network."""
        return self.runs() and not self.deaf

    def runs(self) -> bool:
        """Whether it has power."""
        return self._process is not None and not select.select([self._process], [], [], 0)[0]

    def _remove(self) -> None:
        if lab.stopping.is_set():
            return
        self.console  # noqa: B018 (what it said is kept)
        self._forget_process()
        self.checks.end()
        self._gone.set()
        metadata_control.services.pop(self.id, None)
        docker.tries("rm", "--force", "--volumes", self.container)
