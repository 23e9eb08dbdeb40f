"""What happens to machines: power, pauses, networks."""

from __future__ import annotations

import subprocess
import threading
from datetime import datetime, timedelta, timezone

from ..lab import lab
from . import docker
from .machine import Machine

# Rules of ours are in a table that the Docker inside does not use.
TABLE = ("iptables", "--wait", "--table", "raw")
PAUSES = 5
SHAPE = "%Y-%m-%dT%H:%M:%SZ"


def lose_power(machine: Machine, stay_off: bool) -> None:
    """The power goes, and unless the machine shall stay off, comes back at once. What was on its disk is there."""
    with machine.power:
        machine.switch_off()
        if stay_off:
            machine.stopped()
        else:
            machine.switch_on()


def reboot(machine: Machine) -> None:
    """The system shuts down in good order and boots again."""
    docker.run("exec", machine.container, "systemctl", "--no-block", "reboot")


def pause(machine: Machine) -> None:
    """Nothing on the machine goes on."""
    # Freezing many processes may fail while some of them are being born.
    for _ in range(PAUSES):
        if docker.tries("pause", machine.container) is not None:
            break
    else:
        docker.run("pause", machine.container)
    machine.deaf = True


def resume(machine: Machine) -> None:
    """Everything goes on, without knowing of the pause."""
    docker.run("unpause", machine.container)
    machine.deaf = False


def cut(machine: Machine, whom: str) -> None:
    """No packet comes from, or goes to, `aws`, or anybody (`all`); until it is healed, or the machine boots."""
    host, port = lab.endpoint.removeprefix("http://").rsplit(":", 1)
    from_aws = ["--source", host, "--protocol", "tcp", "--source-port", port]
    to_aws = ["--destination", host, "--protocol", "tcp", "--destination-port", port]
    rules = {
        "all": [["PREROUTING", "--in-interface", "eth0"], ["OUTPUT", "--out-interface", "eth0"]],
        "aws": [["PREROUTING", *from_aws], ["OUTPUT", *to_aws]],
    }
    if whom not in rules:
        raise ValueError(f"`from` is one of {', '.join(rules)}")
    for chain, *rest in rules[whom]:
        _inside(machine, *TABLE, "--insert", chain, *rest, "--jump", "DROP")
    machine.deaf = whom == "all"


def heal(machine: Machine) -> None:
    """The network is whole."""
    for chain in ("PREROUTING", "OUTPUT"):
        _inside(machine, *TABLE, "--flush", chain)
    machine.deaf = False


def interrupt(machine: Machine, action: str, seconds: float) -> None:
    """Spot takes the instance back: a notice, and the end so many seconds later."""
    until = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    machine.metadata.facts.spot = {"action": action, "time": until.strftime(SHAPE)}

    def end() -> None:
        with machine.power:
            machine.off = True
            docker.tries("stop", "--time", "60", machine.container)
            machine.stopped()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _inside(machine: Machine, *command: str) -> None:
    process = docker.state(machine.container).get("Pid", "0")
    done = subprocess.run(["nsenter", "--target", process, "--net", *command], capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()}")
