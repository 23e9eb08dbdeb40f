"""The ways to publish an image: Jetway's, and what people do without it."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import Failure
from .images import Image
from .measuring import Meter
from .places import AWS_CLI, HOME, JETWAY, project_folder
from .site import Site


@dataclass(frozen=True)
class Publisher:
    """One candidate."""

    name: str
    publish: Callable[[Site, Meter, Image, int], None]
    check: Callable[[Site, Image, int], None]
    # Makes everything unknown that it could have stored before.
    forget: Callable[[Site, Image], None]
    # Whether it notices that an image was published before.
    can_repeat: bool = False


def push_with_jetway(site: Site, meter: Meter, image: Image, version: int) -> dict[str, Any]:
    """`jetway image push` into S3; returns what it tells."""
    words: list[str | Path] = [JETWAY, "--json", "--quiet", "image", "push", image.reference(version)]
    words += ["--application", image.repository, "--environment", site.environment]
    environment = site.aws(DOCKER_HOST=site.engine.host, JETWAY_HOME=str(HOME / "home"))
    answer: dict[str, Any] = json.loads(meter.execute(words, environment, project_folder(), is_ours=True))
    return answer


def _jetway(site: Site, meter: Meter, image: Image, version: int) -> None:
    push_with_jetway(site, meter, image, version)


def _check_store(site: Site, image: Image, version: int) -> None:
    """Every blob is what its name says, and each layer of the image is there: read with zstd, not with Jetway."""
    blobs = site.storage.file(f"images/{image.repository}/blobs/sha256")
    stored = set()
    for blob in sorted(blobs.iterdir()):
        with blob.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != blob.name:
                raise Failure(f"the blob {blob.name} in the store has another content")
        stored.add(_plain_digest(blob))
    if missing := set(site.engine.layers(image.reference(version))) - stored:
        raise Failure(f"the store lacks layers of {image.reference(version)}: {', '.join(sorted(missing))}")


def _plain_digest(blob: Path) -> str:
    digest = hashlib.sha256()
    with (
        blob.open("rb") as file,
        subprocess.Popen(["zstd", "-dcq"], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader,
    ):
        assert reader.stdout
        while block := reader.stdout.read(1 << 20):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _forget_store(site: Site, image: Image) -> None:
    site.storage.drop(f"images/{image.repository}")


def _save(site: Site, image: Image, version: int, ending: str, compressor: str) -> list[str | Path]:
    target = f"s3://{site.storage.bucket}/{_saved(image, version, ending)}"
    reference = shlex.quote(image.reference(version))
    line = f"docker save {reference} | {compressor} | {shlex.quote(str(AWS_CLI))} s3 cp --only-show-errors - {target}"
    return ["bash", "-o", "pipefail", "-c", line]


def _saved(image: Image, version: int, ending: str) -> str:
    return f"saved/{image.name}-{version}.{ending}"


def _saver(name: str, ending: str, compressor: str) -> Publisher:
    def publish(site: Site, meter: Meter, image: Image, version: int) -> None:
        environment = site.aws(DOCKER_HOST=site.engine.host)
        meter.execute(_save(site, image, version, ending, compressor), environment)

    def check(site: Site, image: Image, version: int) -> None:
        archive = shlex.quote(str(site.storage.file(_saved(image, version, ending))))
        # All of it is read: `grep -q` would stop at the first match.
        line = f"{compressor.split()[0]} -dcq <{archive} | tar -t | grep -x manifest.json"
        ended = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise Failure(f"the archive of {image.reference(version)} in S3 is broken: {ended.stderr}")

    def forget(site: Site, image: Image) -> None:
        site.storage.drop("saved")

    return Publisher(name, publish, check, forget)


def _save_only(site: Site, meter: Meter, image: Image, version: int) -> None:
    line = f"docker save {shlex.quote(image.reference(version))} | cat >/dev/null"
    meter.execute(["bash", "-o", "pipefail", "-c", line], site.engine.environment())


def _nothing(*_: object) -> None:
    """Nothing is stored, so there is nothing to check or to forget."""


def _push(site: Site, meter: Meter, image: Image, version: int) -> None:
    reference = site.in_registry(image, version)
    meter.execute(["docker", "tag", image.reference(version), reference], site.engine.environment())
    meter.execute(["docker", "push", "--quiet", reference], site.engine.environment())


def _check_registry(site: Site, image: Image, version: int) -> None:
    site.registry.check(image.repository, str(version))


def _forget_registry(site: Site, image: Image) -> None:
    site.registry.empty()


CANDIDATES = (
    Publisher("jetway", _jetway, _check_store, _forget_store, can_repeat=True),
    _saver("save-gzip", "tar.gz", "gzip"),
    _saver("save-zstd", "tar.zst", "zstd -q -3 -T0"),
    Publisher("save-only", _save_only, _nothing, _nothing),
    Publisher("push", _push, _check_registry, _forget_registry, can_repeat=True),
)
