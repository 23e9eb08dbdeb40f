"""Starts one emulated AWS; it ends when its standard input is closed, or on SIGTERM."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from typing import Any

from .lab import ACCOUNT, lab


def main() -> None:
    """Reads the command line, serves, and tells on standard output where."""
    parser = argparse.ArgumentParser(prog="python -m aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    parser.add_argument("--region", default="us-east-1", help="the region of calls that were signed for none")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a setting of the control API")
    parser.add_argument("--stay", action="store_true", help="go on when standard input is closed")
    arguments = parser.parse_args()
    lab.region = arguments.region
    try:
        lab.settings.change(
            {name: json.loads(text) for name, _, text in (each.partition("=") for each in arguments.set)}
        )
    except ValueError as error:
        parser.error(str(error))
    _set_environment()

    from . import server

    listening = server.listen(arguments.host, arguments.port)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    signal.signal(signal.SIGINT, lambda *_: _end())
    if not arguments.stay:
        threading.Thread(target=_end_with_input, daemon=True).start()
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    facts: dict[str, Any] = {"endpoint": lab.endpoint, "account": ACCOUNT, "region": lab.region}
    print(json.dumps(facts), flush=True)
    threading.Event().wait()


def _set_environment() -> None:
    # Nothing of the caller's own account may reach the clients inside, and moto must not read the network.
    for name in list(os.environ):
        if name.startswith(("AWS_", "MOTO_")):
            del os.environ[name]
    os.environ.update(
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        MOTO_DISABLE_GLOBAL_CORS="true",
    )


def _end_with_input() -> None:
    while sys.stdin.buffer.read(4096):
        continue
    _end()


def _end() -> None:
    lab.stopping.set()
    # Threads hold nothing that must be tidied, and a test waits for the end.
    os._exit(0)


if __name__ == "__main__":
    main()
