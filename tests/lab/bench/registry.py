"""The registry of Debian's package docker-registry, with its data in a folder that can be emptied."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path
from typing import Any

from .failure import Failure
from .processes import Command, Server, free_port, listens

# What Docker pushes, and what containerd's store pushes.
_ACCEPTED = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.oci.image.index.v1+json"
)


class Registry:
    """A registry; leaving the context ends it and removes its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._server: Server | None = None

    def empty(self) -> None:
        """Begins again with nothing: a layer that is in any repository would be mounted from there instead of sent."""
        if self._server:
            self._server.end()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        config = self._folder / "config.yml"
        config.write_text(json.dumps(self._config()))
        command: Command = ["docker-registry", "serve", config]
        self._server = Server("docker-registry", command, self._folder.with_suffix(".log"))
        self._server.wait_until(lambda: listens(self.port))

    def check(self, name: str, tag: str) -> None:
        """The image is there with all of its layers."""
        manifest = self._get(f"{name}/manifests/{tag}")
        if "manifests" in manifest:
            manifest = self._get(f"{name}/manifests/{manifest['manifests'][0]['digest']}")
        for part in [manifest["config"], *manifest["layers"]]:
            digest = part["digest"]
            blob = self._folder / "data/docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"
            if not blob.is_file() or blob.stat().st_size != part["size"]:
                raise Failure(f"the registry lacks {digest} of {name}:{tag}")

    def _get(self, path: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v2/{path}", headers={"Accept": _ACCEPTED})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _config(self) -> dict[str, Any]:
        return {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "data")}},
            "http": {"addr": f"127.0.0.1:{self.port}"},
        }

    def __enter__(self) -> Registry:
        self.empty()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.end()
        shutil.rmtree(self._folder, ignore_errors=True)
