"""What disk and network allow: an image's layers fetched in parallel ranges, decompressed and extracted all at once.

`python -m bench.limit JOB FOLDER` extracts each layer into a folder of its own, as engines do; nothing is verified.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

CONNECTIONS = 16
RANGE = 8 * 1024 * 1024


@dataclass(frozen=True)
class Layer:
    """One layer as it is stored: where, and how many bytes."""

    host: str
    path: str
    size: int


def command(python: Path, job: Path, layers: Sequence[Layer], folder: Path) -> list[str | Path]:
    """Writes down what there is to do, and returns the command that does it."""
    job.write_text(json.dumps([asdict(layer) for layer in layers]))
    return [python, "-m", "bench.limit", job, folder]


class Fetcher:
    """Ranges of objects, over connections that are kept."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._mine = threading.local()

    def ranges(self, layers: Sequence[Layer]) -> list[list[Future[bytes]]]:
        """All ranges of all layers, begun in such an order that every layer gets its share of the connections."""
        found: list[list[Future[bytes]]] = [[] for _ in layers]
        ranges = [(number, start) for number, layer in enumerate(layers) for start in range(0, layer.size, RANGE)]
        for number, start in sorted(ranges, key=lambda each: each[1] / layers[each[0]].size):
            found[number].append(self._pool.submit(self._fetch, layers[number], start))
        return found

    def _fetch(self, layer: Layer, start: int) -> bytes:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = http.client.HTTPConnection(layer.host)
        end = min(start + RANGE, layer.size)
        self._mine.connection.request("GET", layer.path, headers={"Range": f"bytes={start}-{end - 1}"})
        answer = self._mine.connection.getresponse()
        content: bytes = answer.read()
        if answer.status != 206 or len(content) != end - start:
            raise OSError(f"{layer.path}: HTTP {answer.status}, {len(content)} bytes")
        return content


def _extract(pieces: Sequence[Future[bytes]], folder: Path, failed: list[BaseException]) -> None:
    folder.mkdir(parents=True)
    try:
        with subprocess.Popen(["zstd", "-dcq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
            with subprocess.Popen(["tar", "-x", "-C", folder], stdin=reader.stdout) as writer:
                assert reader.stdin and reader.stdout
                reader.stdout.close()
                for piece in pieces:
                    reader.stdin.write(piece.result())
                reader.stdin.close()
        if reader.returncode or writer.returncode:
            raise OSError(f"{folder}: zstd ended with {reader.returncode}, tar with {writer.returncode}")
    except OSError as error:
        failed.append(error)


def main() -> None:
    """Reads the job and does it."""
    job, folder = map(Path, sys.argv[1:])
    layers = [Layer(**each) for each in json.loads(job.read_text())]
    failed: list[BaseException] = []
    threads = [
        threading.Thread(target=_extract, args=(pieces, folder / str(number), failed))
        for number, pieces in enumerate(Fetcher().ranges(layers))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        sys.exit(f"limit: {failed[0]}")


if __name__ == "__main__":
    main()
