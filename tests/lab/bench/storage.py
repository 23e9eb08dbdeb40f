"""The S3 server: s3s-fs, which keeps each object as the file of its key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .places import S3_SERVER
from .processes import Server, free_port, listens

ACCESS_KEY = "AKIABENCH"
SECRET_KEY = "bench"


@dataclass(frozen=True)
class Storage:
    """One bucket on the server."""

    port: int
    bucket: str
    folder: Path

    def file(self, key: str) -> Path:
        """Where the object is kept."""
        return self.folder / key

    def put(self, key: str, content: bytes) -> None:
        """Stores an object without anybody noticing."""
        self.file(key).parent.mkdir(parents=True, exist_ok=True)
        self.file(key).write_bytes(content)

    def adopt(self, key: str, path: Path) -> None:
        """Stores a file as an object, without a copy: nothing ever writes into either."""
        target = self.file(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.hardlink_to(path)

    def drop(self, prefix: str) -> None:
        """Removes an object, or all below a folder."""
        target = self.file(prefix)
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


@contextmanager
def storage(folder: Path, bucket: str) -> Iterator[Storage]:
    """A server with an empty bucket."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / bucket
    place.mkdir(parents=True)
    port = free_port()
    command: list[str | Path] = [S3_SERVER, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, folder]
    with Server("s3s-fs", command, folder.with_suffix(".log")) as server:
        server.wait_until(lambda: listens(port))
        yield Storage(port, bucket, place)
    shutil.rmtree(folder)
