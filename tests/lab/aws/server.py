"""The HTTP server: many requests at a time, connections kept open, nothing printed for a request."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from .front import Front
from .lab import lab


class Handler(MotoRequestHandler):
    """A handler that keeps connections open, and says nothing."""

    protocol_version = "HTTP/1.1"
    # Small answers must not wait for the acknowledgement of the headers.
    disable_nagle_algorithm = True

    def log_request(self, *_: Any, **__: Any) -> None:
        return

    def log(self, *_: Any, **__: Any) -> None:
        return


class Server(ThreadedWSGIServer):
    """A server for many clients at once."""

    request_queue_size = 256
    daemon_threads = True


def listen(host: str, port: int) -> BaseWSGIServer:
    """Opens the port; the caller serves."""
    from . import services

    services.load()
    server = Server(host, port, Front(), handler=Handler)
    lab.endpoint = f"http://{host}:{server.server_port}"
    return server
