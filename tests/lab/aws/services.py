"""Brings the lab's own services and guards into place, and makes the emulator empty again."""

from __future__ import annotations

import importlib

# Each registers its operations, guards and tasks when it is imported.
MODULES = (
    "commands",
    "logs",
    "machines",
    "names",
    "shells",
    "steering",
    "cfn.api",
    "cfn.changesets",
    "cfn.shows",
    "cfn.signals",
    "guard.balancing",
    "guard.keys",
    "guard.sessions",
    "guard.storage",
    "machine.control",
    "metadata.control",
    "scaling.actions",
    "scaling.api",
    "scaling.health",
    "scaling.hooks",
    "scaling.shows",
)


def load() -> None:
    """Brings everything into place."""
    for name in MODULES:
        importlib.import_module(f".{name}", __package__)
    _route_s3()
    _list_once()


def _list_once() -> None:
    # moto looks through its folders at each call.
    import moto.backends

    names = frozenset(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: names


def _route_s3() -> None:
    # A client of S3 takes the bucket out of the paths of the service model, which it shares with moto: the routes must
    # be made before the first client is.
    from moto.core.routing import get_service_router

    get_service_router("s3")._get_router("rest-xml")


def administrator() -> dict[str, str]:
    """The keys of a user who may do everything; the user is made when first asked for."""
    import json

    from .clients import client
    from .lab import lab

    with lab.lock:
        if not lab.admin:
            iam = client("iam", "us-east-1")
            iam.create_user(UserName="admin")
            everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
            iam.put_user_policy(UserName="admin", PolicyName="everything", PolicyDocument=document)
            key = iam.create_access_key(UserName="admin")["AccessKey"]
            lab.admin = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
        return dict(lab.admin)


def reset() -> None:
    """Makes everything as it was at the start; the settings stay."""
    from moto.moto_api._internal.models import moto_api_backend

    from . import commands, machines, shells
    from .cfn.model import stacks
    from .instances import played
    from .lab import lab
    from .machine import plans
    from .metadata import control as metadata
    from .scaling import health
    from .scaling.model import groups
    from .standin.standin import standin_keys

    with lab.lock, groups.lock, stacks.lock:
        for stack in stacks.all:
            stack.work += 1
        stacks.all.clear()
        groups.all.clear()
        for each in played.values():
            each.stop()
        played.clear()
        standin_keys.clear()
        health.targets.clear()
        for kept in (lab.records, lab.behaviours, lab.faults, lab.resource_faults, lab.launch_faults, lab.frozen):
            kept.clear()
        lab.admin.clear()
        machines.forget()
        metadata.forget()
        commands.forget()
        shells.forget()
        plans.forget()
        moto_api_backend.reset()
