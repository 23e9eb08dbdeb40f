"""The images: made once, without an engine, and kept in target/bench/images. Version 2 changes one small layer."""

from __future__ import annotations

import json
import random
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import archive, debian
from .places import HOME, ROOT
from .processes import output_of, say

FOLDER = HOME / "images"
VERSIONS = (1, 2)
# What a new version changes: an application's own files, which are compressed already.
CHANGE = 2_000_000
# Two layers of it.
NOISE = 100_000_000
SMALL_LAYERS = 80
# As layers of images are that are made in steps: the smallest Debian, an interpreter, a JDK, a compiler with libraries.
GROUPS: Sequence[Sequence[str]] = (
    [],
    ["python3", "git", "ca-certificates"],
    ["default-jdk-headless"],
    ["g++", "nodejs", "python3-numpy"],
)


@dataclass(frozen=True)
class Image:
    """One image in its two versions."""

    name: str

    def reference(self, version: int) -> str:
        """What engines call it."""
        return f"{self.repository}:{version}"

    @property
    def repository(self) -> str:
        """The reference without the version."""
        return f"bench-{self.name}"

    def path(self, version: int, ending: str = "tar") -> Path:
        """The archive of a version."""
        return FOLDER / f"{self.name}-{version}.{ending}"

    def layers(self, version: int) -> list[str]:
        """The digests of its layers, uncompressed."""
        return _diff_ids(self.path(version))

    def facts(self) -> dict[str, object]:
        """What the report says of it."""
        sizes = {ending: self.path(1, ending).stat().st_size for ending in ("tar", "tar.gz", "tar.zst")}
        return {"layers": len(_layers(self.name, 1)), "bytes": sizes, "changed_bytes": _release(2).stat().st_size}


@cache
def _diff_ids(path: Path) -> list[str]:
    with tarfile.open(path) as images:

        def read(name: str) -> Any:
            member = images.extractfile(name)
            assert member
            return json.load(member)

        found: list[str] = read(read("manifest.json")[0]["Config"])["rootfs"]["diff_ids"]
        return found


def make(name: str) -> Image:
    """The image, made if it is not there: archives as they are, with gzip, and with zstd."""
    image = Image(name)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        if not image.path(version).is_file():
            say(f"making {image.reference(version)}")
            archive.write(image.path(version), image.reference(version), _layers(name, version), "/hello")
        _compress(image.path(version), image.path(version, "tar.gz"), "gzip", "-6")
        _compress(image.path(version), image.path(version, "tar.zst"), "zstd", "-q", "-3", "-T0")
    return image


def _compress(plain: Path, path: Path, *command: str) -> None:
    if path.is_file():
        return
    part = path.with_suffix(".part")
    with plain.open("rb") as source, part.open("wb") as sink:
        subprocess.run([*command, "-c"], stdin=source, stdout=sink, check=True)
    part.rename(path)


def _layers(name: str, version: int) -> Sequence[Path]:
    makers: dict[str, Callable[[], list[Path]]] = {
        "small": list,
        "medium": lambda: _debian(2),
        "large": lambda: _debian(len(GROUPS)),
        "layers": _small_layers,
        "random": lambda: [_noise("noise-a", NOISE), _noise("noise-b", NOISE)],
    }
    return [*makers[name](), _application(), _release(version)]


def _debian(groups: int) -> list[Path]:
    paths = [FOLDER / "layers" / f"debian-{number}.tar" for number in range(groups)]
    for number, path in enumerate(paths):
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            debian.layer_of(debian.download(FOLDER / "packages", GROUPS)[number], path)
    return paths


def _small_layers() -> list[Path]:
    paths = [FOLDER / "layers" / f"small-{number}.tar" for number in range(SMALL_LAYERS)]
    if not all(path.is_file() for path in paths):
        debian.split(_debian(2)[1], paths)
    return paths


def _noise(name: str, size: int) -> Path:
    return _layer(name, lambda: {f"{name}.bin": random.Random(name).randbytes(size)})


@cache
def _application() -> Path:
    """The example's program, which answers over HTTP a few milliseconds after its start."""
    program = Path(output_of([ROOT / "examples/hello/build.sh", "--program"]).strip())
    return _layer(f"hello-{archive.digest_of(program)[:12]}", lambda: {"hello": program.read_bytes()}, 0o755)


def _release(version: int) -> Path:
    content = random.Random(version).randbytes(CHANGE)
    return _layer(f"release-{version}", lambda: {"version.txt": f"{version}\n".encode(), "release.bin": content})


def _layer(name: str, files: Callable[[], dict[str, bytes]], mode: int = 0o644) -> Path:
    path = FOLDER / "layers" / f"{name}.tar"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as layer:
            for member, content in files().items():
                archive.add_file(layer, member, content, mode)
        part.rename(path)
    return path
