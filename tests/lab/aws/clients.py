"""Clients with which the emulator calls itself, so that what it makes is seen through the services' own interfaces."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from .identity import ACTING_HEADER
from .lab import lab

_lock = threading.Lock()


@cache
def _session() -> Any:
    import boto3
    import botocore.session
    import moto.core.utils
    from moto.core.loaders import create_loader

    # The models of the services are large: moto and the clients read them once, together.
    loader = create_loader()
    moto.core.utils.create_loader = lambda: loader
    core = botocore.session.Session()
    core.register_component("data_loader", loader)
    return boto3.Session(botocore_session=core)


@cache
def _config() -> Any:
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 1},
        max_pool_connections=50,
        s3={"addressing_style": "path"},
        connect_timeout=10,
        read_timeout=120,
        ignore_configured_endpoint_urls=True,
    )


@cache
def client(service: str, region: str, acting_for: str = "") -> Any:
    """A client with the emulator's own key; calls in somebody's name obey that name's policies."""
    made = _make(service, region, lab.internal_key, lab.internal_secret, None)
    if acting_for:

        def mark(request: Any, **_: Any) -> None:
            request.headers.add_header(ACTING_HEADER, acting_for)

        made.meta.events.register("before-sign.*.*", mark)
    return made


def client_with(service: str, region: str, credentials: dict[str, Any]) -> Any:
    """A client with the credentials of a session."""
    return _make(
        service,
        region,
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )


def _make(service: str, region: str, key: str, secret: str, token: str | None) -> Any:
    # A session is not safe to make clients with from several threads.
    with _lock:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=lab.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=_config(),
        )
