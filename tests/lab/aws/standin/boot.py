"""The phases of a stand-in's boot, each with the calls that the agent makes in it."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from botocore.exceptions import ClientError

from ..lab import lab
from .report import Report
from .sealed import open_config

PHASES = ("identify", "fetch", "unseal", "pull", "start", "probe")


class BootFailed(Exception):
    """The release cannot run here."""

    def __init__(self, phase: str, reason: str, **more: Any) -> None:
        super().__init__(reason)
        self.phase, self.reason, self.more = phase, reason, more


def boot(standin: Any) -> None:
    """Everything until the instance serves, and what it does then."""
    behaviour, place = standin.behaviour, standin.boot["platform"]
    if behaviour.kind == "first-boot-fails":
        standin.say_phase("failed", {"phase": "identify", "reason": f"the first boot failed: {behaviour.reason}"})
        standin.signal("FAILURE")
        return
    standin.report = report = Report(standin.boot, standin.id)
    try:
        record: dict[str, Any] = {}
        for phase in PHASES:
            report.enter(phase)
            standin.say_phase(phase)
            standin.write()
            if behaviour.kind == "unknown-phase":
                standin.write(phase="levitating")
            standin.sleep(behaviour.time_of(phase))
            record = _do(standin, phase, record)
            if behaviour.kind == "fail" and behaviour.phase == phase:
                more = {name: getattr(behaviour, name) for name in ("hint", "container", "exit_code", "answer", "log")}
                if phase in ("start", "probe"):
                    more["container"] = behaviour.container or next(iter(record["containers"]))
                raise BootFailed(phase, behaviour.reason, **more)
            if behaviour.kind == "hang" and behaviour.phase == phase:
                _serve(standin)
    except BootFailed as error:
        report.fail(error.phase, error.reason, **error.more)
        standin.say_phase("failed", report.failure)
        standin.write()
        standin.signal("FAILURE")
        _serve(standin)
        return
    report.turn_health(True, "HTTP 200", keep=False)
    report.enter("ready")
    standin.serving = behaviour.kind != "target-unhealthy"
    standin.trouble = ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
    standin.write(**_lies(standin))
    standin.say_phase("ready")
    if behaviour.kind != "no-hook":
        standin.complete(place["launch_hook"])
    if behaviour.kind != "no-signal":
        standin.signal("SUCCESS")
    if behaviour.kind == "crash":
        standin.sleep(behaviour.after)
        standin.serving = False
        standin.trouble = ("Target.FailedHealthChecks", "Health checks failed")
        report.turn_health(False, behaviour.answer or "connection refused", "restarting")
        reason = behaviour.reason
        report.failure = {"phase": "ready", "reason": reason}
        standin.say_phase("ready", report.failure)
        standin.write()
        if behaviour.set_unhealthy:
            standin.clients["autoscaling"].set_instance_health(
                InstanceId=standin.id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
            )
    _serve(standin)


def _lies(standin: Any) -> dict[str, Any]:
    if standin.behaviour.kind == "wrong-release":
        return {"release": "v9999"}
    if standin.behaviour.kind == "wrong-image":
        return {"images": dict.fromkeys(standin.report.images, "sha256:" + "0" * 64)}
    return {}


def _serve(standin: Any) -> None:
    written = time.monotonic()
    while True:
        standin.sleep(0.02)
        if time.monotonic() - written > lab.settings.heartbeat:
            standin.write(**_lies(standin))
            written = time.monotonic()


def _do(standin: Any, phase: str, record: dict[str, Any]) -> dict[str, Any]:
    try:
        if phase == "fetch":
            return _fetch(standin)
        if phase == "unseal":
            _unseal(standin, record)
        elif phase == "pull":
            _pull(standin, record)
        elif phase == "start":
            standin.report.start(record)
    except ClientError as error:
        detail = error.response["Error"]
        text = f"AWS refused {error.operation_name}: {detail.get('Code')}: {detail.get('Message')}"
        raise BootFailed(phase, text) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BootFailed(phase, str(error)) from error
    return record


def _get(standin: Any, key: str) -> bytes:
    place = standin.boot["platform"]
    found = standin.clients["s3"].get_object(Bucket=place["bucket"], Key=key, ExpectedBucketOwner=place["account"])
    return bytes(found["Body"].read())


def _check(what: str, data: bytes, wanted: str) -> None:
    found = "sha256:" + hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ValueError(f"the {what} has digest {found}, not {wanted}")


def _prefix(standin: Any) -> str:
    return f"jetway/{standin.boot['environment']}/{standin.boot['application']}"


def _fetch(standin: Any) -> dict[str, Any]:
    data = _get(standin, f"{_prefix(standin)}/releases/{standin.boot['release']}.json")
    _check("release record", data, standin.boot["record"])
    record: dict[str, Any] = json.loads(data)
    for name in ("installation", "environment", "application", "release"):
        if record[name] != standin.boot[name]:
            raise ValueError(f"the release record is of the {name} {record[name]}, not {standin.boot[name]}")
    return record


def _unseal(standin: Any, record: dict[str, Any]) -> None:
    config = record.get("config")
    if not config:
        return
    data = _get(standin, f"{_prefix(standin)}/config/{config['version']}.json")
    _check("sealed config", data, config["digest"])
    open_config(standin.clients["kms"], data, standin.boot, config["version"])


def _pull(standin: Any, record: dict[str, Any]) -> None:
    blobs = f"images/{standin.boot['application']}/blobs/sha256/"
    place = standin.boot["platform"]
    for container in record["containers"].values():
        wanted = container["image"]["manifest"]
        data = _get(standin, blobs + wanted.partition(":")[2])
        _check("image manifest", data, wanted)
        manifest = json.loads(data)
        for part in [manifest["config"], *manifest["layers"]]:
            standin.clients["s3"].head_object(
                Bucket=place["bucket"],
                Key=blobs + part["digest"].partition(":")[2],
                ExpectedBucketOwner=place["account"],
            )
