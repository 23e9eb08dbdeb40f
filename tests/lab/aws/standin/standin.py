"""One stand-in: its life from the launch to the end, seen from AWS."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from ..clients import client, client_with
from ..instances import INITIAL, UNHEALTHY, Ran, played
from ..lab import lab, now
from . import answers, boot
from .behaviour import Behaviour, choose
from .report import Report

POLL = 0.02


class Stopped(Exception):
    """The instance is gone."""


class StandIn:
    """An instance as AWS sees it."""

    def __init__(self, group: Any, member: Any, data: dict[str, Any]) -> None:
        self.group, self.member, self.data = group, member, data
        self.id, self.region = member.id, group.region
        self.console: list[str] = []
        self._serving, self.turned = False, now()
        self.trouble: tuple[str, str] | None = ("Target.FailedHealthChecks", "Health checks failed")
        self.stopped = threading.Event()
        self.boot: dict[str, Any] | None = None
        self.behaviour = Behaviour()
        self.report: Report | None = None
        self.clients: dict[str, Any] = {}

    @property
    def serving(self) -> bool:
        """Whether it answers the load balancer."""
        return self._serving

    @serving.setter
    def serving(self, serves: bool) -> None:
        if serves != self._serving:
            self._serving, self.turned = serves, now()

    def target_state(self, arn: str, port: int, since: float) -> dict[str, str]:
        """Its health as a target of a load balancer, which needs a few checks until it believes a change."""
        trouble = None if self.serving else self.trouble
        delay = lab.settings.target_delay
        if now() - max(since, self.turned) < delay:
            if self.turned - since < delay:
                return INITIAL
            trouble = None if trouble else (UNHEALTHY["Reason"], UNHEALTHY["Description"])
        if trouble is None:
            return {"State": "healthy"}
        return {"State": "unhealthy", "Reason": trouble[0], "Description": trouble[1]}

    def leave_target_group(self, arn: str) -> None:
        """A target that is gone is not asked for its health."""

    def details(self) -> dict[str, Any]:
        """What the control API shows of a stand-in alone."""
        return {
            "serving": self.serving,
            "phase": self.report.phase if self.report else None,
            "behaviour": self.behaviour.kind,
            "console": self.console,
        }

    def hears(self) -> bool:
        """Nothing keeps it from AWS but its end."""
        return self.runs()

    def runs(self) -> bool:
        """Whether it is there."""
        return not self.stopped.is_set()

    def command(self, lines: list[str], _limit: float, _cancelled: threading.Event) -> Ran:
        """What SSM was asked to run."""
        return answers.answer(self, lines)

    def stop(self) -> None:
        """The instance ends."""
        self.serving = False
        self.stopped.set()

    def say(self, line: str) -> None:
        """A line of a script on the serial console."""
        self.console.append(f"jetway: {line}")

    def say_phase(self, phase: str, failure: dict[str, Any] | None = None) -> None:
        """A line of the agent on the serial console, as journald writes it there."""
        from .report import timestamp

        said: dict[str, Any] = {"at": timestamp(), "phase": phase}
        if self.boot is not None:
            said |= {"application": self.boot["application"], "release": self.boot["release"]}
        if failure is not None:
            said["failure"] = failure
        self.console.append(f"[   12.345678] jetway-agent[812]: jetway: {json.dumps(said)}")

    def sleep(self, seconds: float) -> None:
        """Waits, unless the instance is gone."""
        if lab.stopping.is_set() or self.stopped.wait(seconds):
            raise Stopped
        if self.member.leaving:
            raise Stopped

    def run(self) -> None:
        """The whole life."""
        try:
            try:
                self.sleep(lab.settings.instance_delay)
                self.boot = boot_file(self.data.get("UserData", ""))
                if self.boot is None:
                    self.console.append("cloud-init: no boot file in the user data")
                    return
                facts = (self.boot["application"], self.boot["environment"], self.boot["release"])
                self.behaviour = choose(*facts)
                if self.behaviour.kind != "silent":
                    self.clients = self._clients()
                    boot.boot(self)
            except Stopped:
                pass
            except (ClientError, BotoCoreError) as error:
                self.say(f"it cannot work: {error}")
            self._leave()
        except (ClientError, BotoCoreError) as error:
            self.say(f"it could not end well: {error}")
        except Stopped:
            return

    def _clients(self) -> dict[str, Any]:
        profile = self.data.get("IamInstanceProfile") or {}
        name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
        found = client("iam", self.region).get_instance_profile(InstanceProfileName=name)
        role = found["InstanceProfile"]["Roles"][0]["Arn"]
        session = client("sts", self.region).assume_role(RoleArn=role, RoleSessionName=self.id)["Credentials"]
        with lab.lock:
            standin_keys.add(session["AccessKeyId"])
        services = ("s3", "kms", "autoscaling", "cloudformation")
        return {service: client_with(service, self.region, session) for service in services}

    def write(self, **changes: Any) -> None:
        """Writes the report as it is now."""
        if self.report is None or self.boot is None:
            return
        place = self.boot
        key = f"jetway/{place['environment']}/{place['application']}/instances/{place['release']}/{self.id}.json"
        body = self.report.document(**changes)
        if self.behaviour.kind == "broken-report":
            body = body[: len(body) // 2]
        self.clients["s3"].put_object(
            Bucket=place["platform"]["bucket"],
            Key=key,
            Body=body,
            ContentType="application/json",
            ExpectedBucketOwner=place["platform"]["account"],
        )

    def signal(self, status: str) -> None:
        """Tells the stack; that it waits no more is no trouble."""
        if self.boot is None:
            return
        place = self.boot["platform"]
        try:
            self.clients["cloudformation"].signal_resource(
                StackName=place["stack"], LogicalResourceId=place["resource"], UniqueId=self.id, Status=status
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                self.say(f"the signal was not taken: {error}")

    def complete(self, hook: str, result: str = "CONTINUE") -> None:
        """Ends what a lifecycle hook holds; that it holds nothing is no trouble."""
        try:
            self.clients["autoscaling"].complete_lifecycle_action(
                LifecycleHookName=hook,
                AutoScalingGroupName=self.group.name,
                InstanceId=self.id,
                LifecycleActionResult=result,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                self.say(f"the lifecycle action was not taken: {error}")

    def _leave(self) -> None:
        while not self.member.leaving:
            if lab.stopping.is_set() or self.stopped.wait(POLL):
                return
        if self.report is None or self.boot is None or not self.clients:
            return
        self.serving = False
        self.trouble = ("Target.FailedHealthChecks", "Health checks failed")
        if self.report.phase != "failed":
            self.report.enter("draining")
            self.write()
            self.stopped.wait(self.behaviour.drain)
            self.report.enter("stopped")
            self.report.containers = {}
            self.write()
        deadline = time.monotonic() + 30
        while self.member.state == "Terminating" and time.monotonic() < deadline:
            if self.stopped.wait(POLL):
                return
        if self.member.state == "Terminating:Wait":
            self.complete(self.boot["platform"]["terminate_hook"])


standin_keys: set[str] = set()


def boot_file(user_data: str) -> dict[str, Any] | None:
    """The boot file in the user data of a launch template."""
    try:
        text = base64.b64decode(user_data).decode()
        for each in yaml.safe_load(text)["write_files"]:
            if each["path"] == "/etc/jetway/boot.json":
                found: dict[str, Any] = json.loads(each["content"])
                return found
    except (ValueError, KeyError, TypeError, yaml.YAMLError):
        return None
    return None


def start(group: Any, member: Any, data: dict[str, Any]) -> StandIn:
    """Lets a new stand-in live."""
    made = StandIn(group, member, data)
    played[member.id] = made
    lab.start(made.run)
    return made
