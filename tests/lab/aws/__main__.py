"""Starts one emulated AWS, or a nursery of them; it ends when its standard input is closed, or on SIGTERM."""

from __future__ import annotations

import argparse
import os
import sys

from . import life, nursery


def main() -> None:
    """Reads the command line, and does what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    parser.add_argument("--region", default="us-east-1", help="the region of calls that were signed for none")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a setting of the control API")
    parser.add_argument("--stay", action="store_true", help="go on when standard input is closed")
    parser.add_argument("--nursery", action="store_true", help="start one for each line of input, which may name an image")
    parser.add_argument("--machines", metavar="IMAGE", help="let containers of this image play the instances")
    arguments = parser.parse_args()
    try:
        life.check(arguments)
    except ValueError as error:
        parser.error(str(error))
    _set_environment()
    if arguments.nursery:
        nursery.keep(arguments)
    else:
        life.live(arguments, None if arguments.stay else sys.stdin.fileno())


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


if __name__ == "__main__":
    main()
