"""What stands in for a load balancer: requests to a port of this machine go to the targets of its target group."""

from __future__ import annotations

import fnmatch
import http.client
import itertools
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..instances import played
from ..lab import ACCOUNT

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
IDLE = 60
# Headers of one connection, which end here: RFC 9110, section 7.6.1.
HOP = ("connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade")

_under_way: Counter[str] = Counter()
_lock = threading.Lock()
_balancers: dict[str, _Server] = {}


def under_way(instance: str) -> int:
    """How many requests an instance has not answered yet."""
    with _lock:
        return _under_way[instance]


def listen(pattern: str) -> str:
    """Where the load balancer with this DNS name, or the first one with such a name, takes requests."""
    from moto.elbv2.models import elbv2_backends

    for backend in elbv2_backends[ACCOUNT].values():
        for found in list(backend.load_balancers.values()):
            if fnmatch.fnmatchcase(found.dns_name, pattern):
                with _lock:
                    server = _balancers.setdefault(found.arn, _Server(found.arn))
                return f"http://127.0.0.1:{server.server_port}"
    raise ValueError(f"there is no load balancer `{pattern}`")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, arn: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arn = arn
        self.turn = itertools.count()
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no trouble."""


def _targets(arn: str) -> list[tuple[str, int]]:
    """The targets to choose from: those that are healthy, or, where none is, all that are not draining."""
    from moto.elbv2.models import elbv2_backends

    from ..scaling import health

    groups = list(elbv2_backends[ACCOUNT][arn.split(":")[3]].target_groups.values())
    registered: list[tuple[str, int, str]] = []
    for group in groups:
        if arn in group.load_balancer_arns:
            registered += [(*each, health.state_of(group.arn, each[0])["State"]) for each in health.ports(group.arn)]
    usable = [each for each in registered if each[2] != "draining"]
    well = [each for each in usable if each[2] == "healthy"]
    return [(instance, port) for instance, port, _ in well or usable]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server: Any = self.server
        targets = _targets(server.arn)
        if not targets:
            self._answer(503, [], b"no target\n")
            return
        instance, port = targets[next(server.turn) % len(targets)]
        with _lock:
            _under_way[instance] += 1
        try:
            self._ask(instance, port, body)
        finally:
            with _lock:
                _under_way[instance] -= 1

    def _ask(self, instance: str, port: int, body: bytes) -> None:
        address = getattr(played.get(instance), "address", "")
        connection = http.client.HTTPConnection(address, port, timeout=IDLE)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        try:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            found, told = answer.read(), answer.getheaders()
            status = answer.status
        except TimeoutError:
            status, found, told = 504, b"the target does not answer\n", []
        except (OSError, http.client.HTTPException):
            status, found, told = 502, b"the target closed the connection\n", []
        finally:
            connection.close()
        self._answer(status, [*told, ("X-Lab-Instance", instance)], found)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in (*HOP, "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _pass_on

    def log_message(self, *_: Any) -> None:
        return
