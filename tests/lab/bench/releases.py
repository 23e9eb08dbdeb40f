"""The documents that a deploy would write for an instance: the release record, and the boot file that pins it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .images import Image
from .places import JETWAY, project_folder
from .processes import output_of

INSTALLATION = "jetway"


@dataclass(frozen=True)
class Release:
    """One version of an image, as one application's release in one environment."""

    image: Image
    version: int
    environment: str
    port: int

    @property
    def application(self) -> str:
        """Each image is an application of its own."""
        return self.image.repository

    @property
    def key(self) -> str:
        """Where its record is in the store."""
        return f"jetway/{self.environment}/{self.application}/releases/v{self.version}.json"

    @property
    def reports(self) -> str:
        """The folder of its instances' reports."""
        return f"jetway/{self.environment}/{self.application}/instances/v{self.version}"

    @property
    def current(self) -> str:
        """Where the store says which release is live."""
        return f"jetway/{self.environment}/{self.application}/current.json"

    def live(self) -> bytes:
        """What is there when it is this one."""
        return json.dumps({"format": 1, "live": f"v{self.version}", "updated_at": "2026-01-02T03:04:05Z"}).encode()

    def record(self, pushed: dict[str, Any]) -> bytes:
        """Its record, with the image that `jetway --json image push` has told of."""
        pin = {name: pushed[name] for name in ("manifest", "config", "platform")}
        health = {"path": "/health-check", "interval": "5s", "timeout": "2s", "grace": "2m"}
        container = {
            "image": pin | {"reference": self.image.reference(self.version)},
            "settings": {"stop_timeout": "2s"},
        }
        record = self._names() | {
            "origin": {"at": "2026-01-02T03:04:05Z", "by": "bench@localhost"},
            "containers": {"web": container},
            "http": {"container": "web", "port": self.port, "protocol": "http", "health": health},
            "instances": {"count": 1, "type": "t3.small"},
        }
        return json.dumps(record).encode()

    def boot_file(self, record: bytes, platform: dict[str, str]) -> bytes:
        """The boot file of an instance: as the template has it, with what is known here."""
        digest = f"sha256:{hashlib.sha256(record).hexdigest()}"
        boot = self._boot_file_of_template()
        kept = boot["platform"] if platform["kind"] == boot["platform"]["kind"] else {}
        return json.dumps(boot | self._names() | {"record": digest, "platform": kept | platform}).encode()

    def _boot_file_of_template(self) -> dict[str, Any]:
        what = ["--release", f"v{self.version}", "--application", self.application]
        template = output_of([JETWAY, "template", "release", "qa", *what], folder=project_folder())
        # In the user data, which is YAML in YAML; but JSON is JSON however far it is moved to the right.
        start = template.index("{", template.index("/etc/jetway/boot.json"))
        found: dict[str, Any] = json.JSONDecoder().raw_decode(template, start)[0]
        return found

    def _names(self) -> dict[str, Any]:
        return {
            "format": 1,
            "installation": INSTALLATION,
            "environment": self.environment,
            "application": self.application,
            "release": f"v{self.version}",
        }
