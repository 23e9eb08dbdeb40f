"""Where the bench finds things and keeps its own."""

from __future__ import annotations

import os
from pathlib import Path

LAB = Path(__file__).resolve().parents[1]
ROOT = LAB.parents[1]
STATE = ROOT / "target"
HOME = STATE / "bench"
# The programs under test: by default those that were just built, in the release profile.
PROGRAMS = Path(os.environ.get("PROGRAMS") or Path(os.environ.get("CARGO_TARGET_DIR") or STATE) / "release").resolve()
JETWAY = PROGRAMS / "jetway"
AGENT = PROGRAMS / "jetway-agent"
S3_SERVER = STATE / "tools/bin/s3s-fs"
PYTHON = STATE / "python-aws/bin/python"
AWS_CLI = STATE / "python-aws/bin/aws"


def project_folder() -> Path:
    """An empty folder to run `jetway` in."""
    project = HOME / "project"
    project.mkdir(parents=True, exist_ok=True)
    return project
