"""Keeps everything loaded that an emulated AWS needs, and makes one by a fork for each line of standard input.

Loading moto, its services and the models of botocore takes seconds of a processor, and there are more than a hundred stories.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from typing import Any

from . import life
from .lab import lab

# What nearly every story calls. Others are loaded when they are called.
SERVICES = (
    "acm autoscaling cloudformation cloudtrail cloudwatch ec2 elasticache elbv2 iam kms logs rds redshift s3 ssm sts"
).split()


def keep(arguments: Any) -> None:
    """Answers each line, empty or with the image of machines, with the facts of a new emulated AWS; all of them end when
    standard input is closed."""
    _load()
    # Whoever is born has the reading end; the writing end is closed when this process ends, however it does.
    lifeline, alive = os.pipe()
    # Nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError(f"threads do not survive a fork: {threading.enumerate()}")
    for line in sys.stdin:
        if os.fork() == 0:
            arguments.machines = line.strip() or arguments.machines
            _be_born(arguments, lifeline, alive)


def _be_born(arguments: Any, lifeline: int, alive: int) -> None:
    from moto.moto_api._internal import mock_random

    os.close(alive)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Ids are unlike those of all others.
    mock_random.seed()
    try:
        life.live(arguments, lifeline)
    finally:
        os._exit(1)


def _load() -> None:
    from . import clients, front, services

    services.load()
    lab.endpoint = "http://127.0.0.1:1"
    for service in SERVICES:
        clients.client(service, lab.region)
        front.load(service)
    clients.client.cache_clear()
