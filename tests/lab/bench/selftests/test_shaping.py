"""The proxy keeps to its limits, counts what it passes on, and changes nothing."""

from __future__ import annotations

import socket
import threading
import time
import unittest

from ..settings import Shape
from ..wire import Wire

SIZE = 4_000_000


class ShapingTest(unittest.TestCase):
    """A server that answers each line with as many bytes as it asks for."""

    def setUp(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self._listener.close)
        self._port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as file:
                for line in file:
                    # In two parts, as an answer of HTTP comes.
                    for part in (1, int(line) - 1):
                        file.write(bytes(part))
                        file.flush()

    def ask(self, wire: Wire, *sizes: int) -> float:
        """Asks on one connection, and says how long that took."""
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", wire.port)) as connection, connection.makefile("rwb") as file:
            for size in sizes:
                file.write(f"{size}\n".encode())
                file.flush()
                self.assertEqual(file.read(size), bytes(size))
        return time.monotonic() - began

    def test_a_connection_is_no_faster_than_its_rate(self) -> None:
        with Wire(self._port, Shape("slow", rate=20e6)) as wire:
            # What the sockets on both sides hold is not waited for.
            self.assertGreater(self.ask(wire, SIZE), 0.5 * SIZE / 20e6)

    def test_every_answer_begins_late(self) -> None:
        with Wire(self._port, Shape("far", rate=1e9, first_byte=0.05)) as wire:
            self.assertGreater(self.ask(wire, 10, 10, 10), 3 * 0.05)

    def test_a_server_that_waits_for_acknowledgements_is_not_held_up(self) -> None:
        with Wire(self._port, Shape("plain")) as wire:
            # The least that the kernel puts an acknowledgement off for is 40 ms.
            self.assertLess(self.ask(wire, *[10] * 100), 100 * 0.04 / 2)

    def test_all_bytes_are_counted(self) -> None:
        with Wire(self._port, Shape("plain")) as wire:
            self.ask(wire, SIZE, 1000)
            traffic = wire.traffic()
            self.assertEqual((traffic.up, traffic.down), (len("4000000\n1000\n"), SIZE + 1000))
