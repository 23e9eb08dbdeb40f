"""The ways to get from an engine to a running container: Jetway's, and what people do without it."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from . import limit
from .failure import Failure
from .images import Image
from .measuring import Agent, Meter
from .places import AGENT, AWS_CLI, HOME, LAB, PYTHON, ROOT
from .preparing import boot_file
from .processes import Command, surroundings, until
from .releases import Release
from .signing import signed_path
from .site import Site

RUN_FOLDER = HOME / "run"
# The phases that lead to a container that answers.
_UNTIL_STARTED = ("identify", "fetch", "unseal", "pull", "start", "probe")


@dataclass(frozen=True)
class Booter:
    """One candidate."""

    name: str
    boot: Callable[[Site, Meter, Image, int], Agent | None]
    # Whether a container runs afterwards, and so whether there is a next version.
    runs: bool = True
    # Whether it reads nothing over the network, and so is measured but once.
    is_local: bool = False
    # Whether it matters to it how the engine opens gzip.
    opens_gzip: bool = False
    # Whether it has the engine fetch what that lacks, and so gains from what is baked into an AMI.
    skips_layers: bool = False


def _agent(platform: str) -> Callable[[Site, Meter, Image, int], Agent]:
    def boot(site: Site, meter: Meter, image: Image, version: int) -> Agent:
        command: Command = [AGENT, "run", "--boot-file", boot_file(image, version, platform), "--run-dir", RUN_FOLDER]
        environment = site.aws(DOCKER_HOST=site.engine.host, AWS_EC2_METADATA_SERVICE_ENDPOINT=site.metadata.endpoint)
        # An instance finds its keys in its metadata alone.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
            del environment[name]
        agent = meter.start(command, environment | _set_by_unit(), HOME / "logs/agent.log")
        site.wait_for_answer(agent)
        return agent

    return boot


def _set_by_unit() -> dict[str, str]:
    """The variables that the agent's unit sets for it."""
    lines = (ROOT / "systemd/jetway-agent.service").read_text().splitlines()
    words = [word for line in lines if line.startswith("Environment=") for word in line.split("=", 1)[1].split()]
    return dict(word.split("=", 1) for word in words)


def phases(agent: Agent) -> dict[str, float]:
    """What the agent says that each phase took, once it is ready."""
    found: dict[str, float] = {}

    def is_ready() -> bool:
        agent.check()
        try:
            report = json.loads((RUN_FOLDER / "report.json").read_text())
        except (OSError, ValueError):
            return False
        found.update({each["phase"]: each.get("seconds", 0.0) for each in report["history"]})
        return bool(report["phase"] == "ready" and report["agent"]["pid"] == agent.pid)

    until("the agent's report that it is ready", 60, is_ready)
    return {phase: found[phase] for phase in _UNTIL_STARTED}


def forget_agent() -> None:
    """Removes what the last agent kept."""
    shutil.rmtree(RUN_FOLDER, ignore_errors=True)
    RUN_FOLDER.mkdir(parents=True)


def _script(fetch: Callable[[Site, Image, int], str]) -> Callable[[Site, Meter, Image, int], None]:
    """Lines of a user-data script that end with a running container."""

    def boot(site: Site, meter: Meter, image: Image, version: int) -> None:
        environment = site.aws(DOCKER_HOST=site.engine.host)
        meter.execute(["bash", "-o", "pipefail", "-c", fetch(site, image, version)], environment)
        _run(site, meter, image.reference(version))

    return boot


def _run(site: Site, meter: Meter, reference: str) -> None:
    run = ["docker", "run", "--detach", "--network", "host", "--env", f"PORT={site.port}", reference]
    meter.execute(run, site.engine.environment())
    site.wait_for_answer()


def _copy_and_load(ending: str, decompress: str) -> Callable[[Site, Image, int], str]:
    def line(site: Site, image: Image, version: int) -> str:
        source = f"s3://{site.storage.bucket}/archives/{image.path(version, ending).name}"
        return f"{shlex.quote(str(AWS_CLI))} s3 cp --only-show-errors {source} - | {decompress}docker load --quiet"

    return line


def _load_file(_: Site, image: Image, version: int) -> str:
    return f"docker load --quiet --input {shlex.quote(str(image.path(version)))}"


def _pull(site: Site, meter: Meter, image: Image, version: int) -> None:
    reference = site.in_registry(image, version)
    meter.execute(["docker", "pull", "--quiet", reference], site.engine.environment())
    _run(site, meter, reference)


def _reach_limit(site: Site, meter: Meter, image: Image, version: int) -> None:
    folder = site.engine.folder / "limit"
    try:
        layers = _stored_layers(site, image, version)
        command = limit.command(PYTHON, HOME / "limit.json", layers, folder)
        meter.execute(command, surroundings(), LAB)
        if not (folder / str(len(layers) - 1) / "version.txt").is_file():
            raise Failure(f"the files of {image.reference(version)} were not extracted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stored_layers(site: Site, image: Image, version: int) -> list[limit.Layer]:
    """The layers as Jetway has stored them."""
    host, bucket = f"127.0.0.1:{site.to_storage.port}", site.storage.bucket
    blobs = f"images/{image.repository}/blobs/sha256"
    record = json.loads(site.storage.file(Release(image, version, site.environment, site.port).key).read_text())
    digest = record["containers"]["web"]["image"]["manifest"].removeprefix("sha256:")
    manifest = json.loads(site.storage.file(f"{blobs}/{digest}").read_text())
    layers = [(f"{blobs}/{each['digest'].removeprefix('sha256:')}", each["size"]) for each in manifest["layers"]]
    return [limit.Layer(host, signed_path(host, bucket, key), size) for key, size in layers]


CANDIDATES = (
    Booter("jetway", _agent("ec2"), skips_layers=True),
    Booter("jetway-local", _agent("local"), is_local=True),
    Booter("load-gzip", _script(_copy_and_load("tar.gz", "")), opens_gzip=True),
    Booter("load-zstd", _script(_copy_and_load("tar.zst", "zstd -dcq | "))),
    Booter("pull", _pull, opens_gzip=True, skips_layers=True),
    Booter("load-file", _script(_load_file)),
    Booter("limit", _reach_limit, runs=False),
)
