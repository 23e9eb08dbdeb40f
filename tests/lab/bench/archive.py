"""Writes images as `docker save` does: https://github.com/moby/docker-image-spec."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """This machine's, as images name it."""
    return ARCHITECTURES[platform.machine()]


def write(path: Path, name: str, layers: Sequence[Path], entrypoint: str) -> None:
    """An archive with one image of these layers, the lowest first."""
    diff_ids = [digest_of(layer) for layer in layers]
    config = json.dumps(_config(diff_ids, entrypoint), sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    names = [f"{number:03}-{diff_id}/layer.tar" for number, diff_id in enumerate(diff_ids)]
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": names}]
    part = path.with_suffix(".part")
    with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as archive:
        for member, layer in zip(names, layers, strict=True):
            archive.add(layer, member, filter=anonymous)
        for member, content in ((config_name, config), ("manifest.json", json.dumps(manifest).encode())):
            add_file(archive, member, content)
    part.rename(path)


def add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    """A file of root's, from the beginning of time, so that equal content makes equal archives."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without what differs from one machine to the next."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config(diff_ids: Sequence[str], entrypoint: str) -> dict[str, Any]:
    return {
        "architecture": architecture(),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Entrypoint": [entrypoint]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}" for diff_id in diff_ids]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "jetway bench"} for _ in diff_ids],
    }
