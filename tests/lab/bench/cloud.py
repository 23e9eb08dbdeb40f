"""The emulated AWS of tests/lab/aws with an installation of Jetway in it; only S3 is another server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from .places import AWS_CLI, JETWAY, LAB, PYTHON
from .processes import Command, output_of, surroundings
from .storage import ACCESS_KEY, SECRET_KEY

REGION = "us-west-2"
ENVIRONMENT = "qa"
_INSTALLATION = f'[environments.{ENVIRONMENT}]\nzones = ["us-west-2a", "us-west-2b"]\nnat = "none"\n'


class Cloud:
    """An account with the base and environment stacks; leaving the context ends it."""

    def __init__(self, folder: Path) -> None:
        self._emulator = subprocess.Popen(
            [PYTHON, "-m", "aws", "--region", REGION],
            cwd=LAB,
            env=surroundings(PYTHONDONTWRITEBYTECODE="1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._emulator.stdout
        facts: dict[str, str] = json.loads(self._emulator.stdout.readline())
        self.endpoint, self.account = facts["endpoint"], facts["account"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "installation.toml").write_text(_INSTALLATION)
        output_of([JETWAY, "--yes", "install"], self.environment(), folder)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in self._base()["Outputs"]}
        self.bucket, self.key = outputs["StorageBucket"], outputs["KeyArn"]

    def environment(self, storage: int | None = None, **more: str) -> dict[str, str]:
        """The environment of a program that speaks to this AWS, with S3 on the port `storage`."""
        s3 = {} if storage is None else {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{storage}"}
        return surroundings(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_ACCESS_KEY_ID=ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=SECRET_KEY,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_CONFIG_FILE="/dev/null",
            AWS_SHARED_CREDENTIALS_FILE="/dev/null",
            **(s3 | more),
        )

    def _base(self) -> Any:
        words: Command = [
            AWS_CLI,
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            "jetway-base",
            "--output",
            "json",
        ]
        return json.loads(output_of(words, self.environment()))["Stacks"][0]

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._emulator.stdin and self._emulator.stdout
        self._emulator.stdin.close()
        self._emulator.wait()
        self._emulator.stdout.close()
