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
    # A small answer must not wait until its headers are acknowledged.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answers one request. The server's own way throws away whatever follows on the connection."""
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.environ = environ = self.make_environ()
        told: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
            told[:] = [status, headers]
            return lambda _data: None

        try:
            body = b"".join(self.server.app(environ, start_response))
            if not told:
                # A fault: the client gets no answer.
                self.close_connection = True
                return
            code, _, reason = told[0].partition(" ")
            # Without the date and the server's name of this machine: the date may be skewed.
            self.send_response_only(int(code), reason)
            for name, value in told[1]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if environ["REQUEST_METHOD"] != "HEAD" else b"")
        except (ConnectionError, TimeoutError):
            self.close_connection = True

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
