"""The life of one emulated AWS, from its port to its end."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any

from .lab import ACCOUNT, lab


def check(arguments: Any) -> None:
    """Takes the region and the settings from the command line; a wrong setting is a ValueError."""
    lab.region = arguments.region
    lab.settings.change({name: json.loads(text) for name, _, text in (each.partition("=") for each in arguments.set)})


def live(arguments: Any, lifeline: int | None) -> None:
    """Serves, and tells on standard output where, until SIGTERM or the end of what the descriptor `lifeline` reads."""
    from . import server
    from .machine import world

    if arguments.machines:
        # Machines reach the emulator at the host's end of their network.
        arguments.host = world.begin(arguments.machines).gateway
    listening = server.listen(arguments.host, arguments.port)
    signal.signal(signal.SIGTERM, lambda *_: end())
    signal.signal(signal.SIGINT, lambda *_: end())
    if lifeline is not None:
        threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    facts: dict[str, Any] = {"endpoint": lab.endpoint, "account": ACCOUNT, "region": lab.region, "pid": os.getpid()}
    print(json.dumps(facts), flush=True)
    threading.Event().wait()


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 4096):
        continue
    end()


def end() -> None:
    """Ends the process, and what plays instances; the second call leaves it to the first."""
    from .machine import world

    with lab.lock:
        ends_already = lab.stopping.is_set()
        lab.stopping.set()
    if ends_already:
        return
    if world.world is not None:
        world.world.end()
    # Threads hold nothing that must be tidied, and a test waits for the end.
    os._exit(0)
