"""Puts both versions of an image where each candidate looks for them, and writes what an instance would be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .cloud import REGION
from .images import VERSIONS, Image
from .measuring import Meter
from .places import HOME, JETWAY, project_folder
from .processes import Command, output_of, surroundings
from .publishing import push_with_jetway
from .releases import Release
from .site import Site

LOCAL = HOME / "home"
_BOOT = HOME / "boot"


def boot_file(image: Image, version: int, platform: str) -> Path:
    """The boot file of an instance that shall run this version."""
    return _BOOT / f"{image.name}-{version}-{platform}.json"


def prepare(site: Site, image: Image) -> None:
    """Does all of it, with the images in the site's engine, and leaves the engine empty."""
    _BOOT.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        site.load(image, version)
        _into_bucket(site, image, version)
        _into_folder(site, image, version)
        site.engine.docker("tag", image.reference(version), site.in_registry(image, version))
        site.engine.docker("push", "--quiet", site.in_registry(image, version))
        for ending in ("tar.gz", "tar.zst"):
            path = image.path(version, ending)
            site.storage.adopt(f"archives/{path.name}", path)
    site.engine.purge()


def _into_bucket(site: Site, image: Image, version: int) -> None:
    pushed = push_with_jetway(site, Meter(site.engine.pid, ()), image, version)
    release = Release(image, version, site.environment, site.port)
    record = release.record(pushed)
    site.storage.put(release.key, record)
    boot_file(image, version, "ec2").write_bytes(release.boot_file(record, _ec2(site)))


def _ec2(site: Site) -> dict[str, str]:
    return {
        "kind": "ec2",
        "bucket": site.storage.bucket,
        "account": site.cloud.account,
        "region": REGION,
        "key": site.cloud.key,
    }


def _into_folder(site: Site, image: Image, version: int) -> None:
    words: Command = [
        JETWAY,
        "--json",
        "--quiet",
        "image",
        "push",
        image.reference(version),
        "--application",
        image.repository,
    ]
    environment = surroundings(DOCKER_HOST=site.engine.host, JETWAY_HOME=str(LOCAL))
    pushed: dict[str, Any] = json.loads(output_of(words, environment, project_folder()))
    release = Release(image, version, "local", site.port)
    record = release.record(pushed)
    place = LOCAL / "store" / release.key
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(record)
    platform = {"kind": "local", "store": str(LOCAL / "store"), "key": str(LOCAL / "key")}
    boot_file(image, version, "local").write_bytes(release.boot_file(record, platform))
