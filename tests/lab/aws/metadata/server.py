"""Serves instance metadata over HTTP, on a port of this machine or inside an instance's network namespace."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .service import Metadata

ADDRESS = "169.254.169.254"
# <https://man7.org/linux/man-pages/man2/setns.2.html>
CLONE_NEWNET = 0x40000000
# A socket may be bound before its address is there.
IP_FREEBIND = 15


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the metadata of the server that got it."""

    server_version = "EC2ws"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    # A client that keeps its connection open must not keep a thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        metadata: Metadata = self.server.metadata  # type: ignore[attr-defined]
        reply = metadata.answer(self.command, self.path.partition("?")[0], headers)
        if reply.status == 0 or self.server.ended:  # type: ignore[attr-defined]
            self.close_connection = True
            return
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listening: socket.socket, metadata: Metadata) -> None:
        super().__init__(listening.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.metadata = metadata
        self.ended = False

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no trouble."""


class Listener:
    """A running server; it ends with the emulator, or before."""

    def __init__(self, metadata: Metadata, listening: socket.socket) -> None:
        self._metadata = metadata
        self._server = _Server(listening, metadata)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        host, port = self._server.socket.getsockname()
        return f"http://{host}:{port}"

    def end(self) -> None:
        """Answers no more."""
        self._server.ended = True
        self._metadata.let_go()
        threading.Thread(target=self._server.shutdown, daemon=True).start()
        self._server.socket.close()


def listen_here(metadata: Metadata) -> Listener:
    """On a free port of this machine."""
    return Listener(metadata, _listen("127.0.0.1", 0))


def listen_inside(metadata: Metadata, process: int) -> Listener:
    """At its usual address, seen by nobody but those in the network namespace of a process. Needs root."""
    found: list[socket.socket | OSError] = []

    # A namespace belongs to a thread, and a socket stays in the one that it was made in.
    def enter() -> None:
        try:
            _enter_network(process)
            found.append(_listen(ADDRESS, 80))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(found[0], OSError):
        raise found[0]
    # Only now, so that whoever sees the address gets an answer there.
    inside = ["nsenter", "--target", str(process), "--net"]
    subprocess.run([*inside, "ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    return Listener(metadata, found[0])


def _enter_network(process: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{process}/ns/net") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"cannot enter the network of process {process}: {os.strerror(number)}")


def _listen(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
    made.bind((host, port))
    made.listen(128)
    return made
