"""A proxy that makes a server on this machine as far away as S3: a limit per connection, and a wait before each answer.

`python -m bench.shaping PORT RATE FIRST_BYTE` prints the port that it listens on. Each line on its standard input is
answered with the bytes that went up and down so far, and its own processor seconds; it ends with its standard input.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import sys
import threading
import time

# What a pipe may hold; every user may have this much: https://man7.org/linux/man-pages/man7/pipe.7.html
PIPE = 1024 * 1024


class Pace:
    """Lets so many bytes pass in a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    def passed(self, count: int) -> None:
        """Waits until there is room for more after these."""
        if not self._rate:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count / self._rate
        time.sleep(self._free_at - now)


class Exchange:
    """When the last byte of a request went by that has no answer yet."""

    def __init__(self, first_byte: float) -> None:
        self._first_byte = first_byte
        self._asked_at: float | None = None

    def asked(self) -> None:
        """More of a request went by."""
        self._asked_at = time.monotonic()

    def answers(self) -> None:
        """Holds back the beginning of an answer."""
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is not None and self._first_byte:
            time.sleep(max(0.0, asked_at + self._first_byte - time.monotonic()))


class Proxy:
    """Passes on what comes on one port to another, without looking at it."""

    def __init__(self, upstream: int, rate: float, first_byte: float) -> None:
        self._upstream = upstream
        self._rate = rate
        self._first_byte = first_byte
        self._lock = threading.Lock()
        self._counts = {"up": 0, "down": 0}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Accepts connections for ever."""
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def counts(self) -> dict[str, int]:
        """The bytes so far."""
        with self._lock:
            return dict(self._counts)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream))
        except OSError:
            client.close()
            return
        exchange = Exchange(self._first_byte)
        with client, server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            up = threading.Thread(target=self._pass_on, args=(client, server, "up", exchange), daemon=True)
            up.start()
            self._pass_on(server, client, "down", exchange)
            up.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket, direction: str, exchange: Exchange) -> None:
        pace = Pace(self._rate)
        ends = os.pipe()
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, PIPE)
        # Whoever goes away without a word takes the other along.
        with contextlib.suppress(OSError):
            while count := os.splice(source.fileno(), ends[1], PIPE):
                # Said anew each time, as the kernel forgets it: https://man7.org/linux/man-pages/man7/tcp.7.html. Else it
                # acknowledges after 40 ms, and s3s-fs, which keeps Nagle's algorithm, sends no small body before that.
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                if direction == "up":
                    exchange.asked()
                else:
                    exchange.answers()
                with self._lock:
                    self._counts[direction] += count
                rest = count
                while rest:
                    rest -= os.splice(ends[0], sink.fileno(), rest)
                pace.passed(count)
        for end in ends:
            os.close(end)
        for side, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                side.shutdown(how)


def main() -> None:
    """Serves until standard input ends."""
    upstream, rate, first_byte = sys.argv[1:]
    proxy = Proxy(int(upstream), float(rate), float(first_byte))
    threading.Thread(target=proxy.serve, daemon=True).start()
    print(proxy.port, flush=True)
    for _ in sys.stdin:
        times = os.times()
        print(json.dumps(proxy.counts() | {"cpu": times.user + times.system}), flush=True)


if __name__ == "__main__":
    main()
