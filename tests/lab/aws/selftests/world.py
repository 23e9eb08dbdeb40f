"""An emulator for the self-test, with the stacks of an installation made from the golden templates."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ..standin.sealed import seal
from .waiting import until

LAB = Path(__file__).resolve().parents[2]
TEMPLATES = LAB.parents[1] / "cli/tests/golden/templates"
REGION = "us-west-2"
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


class World:
    """One emulator and what is in it."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "aws", *arguments]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, cwd=LAB, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin and self.process.stdout
        self.facts: dict[str, str] = json.loads(self.process.stdout.readline())
        self.startup = time.monotonic() - self.began
        self.endpoint = self.facts["endpoint"]
        self.clients: dict[Any, Any] = {}
        self.made: dict[str, str] = {}
        self.keys = {"access_key_id": "AKIATEST", "secret_access_key": "test"}

    def end(self) -> int:
        """Closes its standard input, which must be enough."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code

    def client(self, service: str, key: str = "", secret: str = "", token: str | None = None) -> Any:
        """A client with these keys, or with those that all have at the moment."""
        key, secret = key or self.keys["access_key_id"], secret or self.keys["secret_access_key"]
        known = (service, key, secret, token)
        if known not in self.clients:
            self.clients[known] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=ONCE.merge(Config(signature_version="s3v4")) if service == "s3" else ONCE,
            )
        return self.clients[known]

    def client_as(self, service: str, keys: dict[str, str]) -> Any:
        """A client with somebody's keys."""
        return self.client(service, keys["access_key_id"], keys["secret_access_key"], keys.get("session_token"))

    def control(self, method: str, path: str, values: Any = None) -> Any:
        """A call of the control API."""
        data = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(self.endpoint + "/lab" + path, data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from error

    def settle(self, name: str, cloudformation: Any = None) -> dict[str, Any]:
        """The stack, once nothing is in progress."""
        cloudformation = cloudformation or self.client("cloudformation")
        found: dict[str, Any] = {}

        def is_settled() -> bool:
            found.update(cloudformation.describe_stacks(StackName=name)["Stacks"][0])
            return not found["StackStatus"].endswith("IN_PROGRESS")

        until(is_settled)
        return found

    def create(self, name: str, body: str, parameters: dict[str, str], cloudformation: Any = None, **more: Any) -> Any:
        """Makes a stack, and waits for its end."""
        cloudformation = cloudformation or self.client("cloudformation")
        stack = cloudformation.create_stack(
            StackName=name,
            TemplateBody=body,
            Parameters=listed(parameters),
            Capabilities=["CAPABILITY_IAM"],
            **more,
        )["StackId"]
        return self.settle(stack, cloudformation)

    def update(self, name: str, **changes: str) -> dict[str, Any]:
        """Changes parameters of a stack, and waits for the end."""
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        known = [each["ParameterKey"] for each in stack["Parameters"]]
        parameters: list[dict[str, Any]] = listed(changes)
        parameters += [{"ParameterKey": key, "UsePreviousValue": True} for key in known if key not in changes]
        cloudformation.update_stack(
            StackName=name, UsePreviousTemplate=True, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
        )
        return self.settle(name)

    def delete(self, name: str, **more: Any) -> dict[str, Any]:
        """Deletes a stack, and waits for the end."""
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name, **more)
        return self.settle(stack)

    def installation(self) -> dict[str, str]:
        """The outputs of the base, environment and application stacks, which are made when first asked for."""
        if self.made:
            return self.made
        base = outputs(self.create("jetway-base", golden("base-github"), {}))
        zones = {"Zones": f"{REGION}a,{REGION}b", "KeyArn": base["KeyArn"]}
        environment = outputs(self.create("jetway-env-qa", golden("environment-2-zones"), zones))
        given = {
            name: (base | environment)[name] for name in ("KeyArn", "StorageBucket", "LogBucket", "VpcId", "ElbSubnets")
        }
        given["DeletionProtection"] = "false"
        application = outputs(self.create("jetway-app-qa-hello", golden("application-github"), given))
        self.made = base | environment | application
        return self.made

    def publish(self, release: str) -> str:
        """Puts an image, a config and a release record into the store; the digest of the record."""
        found, s3 = self.installation(), self.client("s3")

        def put(key: str, body: bytes) -> str:
            with contextlib.suppress(s3.exceptions.ClientError):
                s3.put_object(Bucket=found["StorageBucket"], Key=key, Body=body, IfNoneMatch="*")
            return "sha256:" + hashlib.sha256(body).hexdigest()

        def blob(body: bytes) -> dict[str, str]:
            digest = hashlib.sha256(body).hexdigest()
            return {"digest": put(f"images/hello/blobs/sha256/{digest}", body)}

        manifest = blob(json.dumps({"config": blob(b"{}"), "layers": [blob(b"layer")]}).encode())
        place = {"installation": "jetway", "environment": "qa", "application": "hello"}
        version = f"c{release[1:]}"
        sealed = seal(self.client("kms"), place | {"version": version}, found["KeyArn"], {"GREETING": "hello"})
        config = put(f"jetway/qa/hello/config/{version}.json", sealed)
        image = {"manifest": manifest["digest"], "config": "sha256:" + "c" * 64, "platform": "linux/arm64"}
        record = place | {
            "format": 1,
            "release": release,
            "config": {"version": version, "digest": config, "delivery": "env"},
            "containers": {"web": {"image": image}},
        }
        return put(f"jetway/qa/hello/releases/{release}.json", json.dumps(record).encode())

    def release(self, release: str, count: int = 1, cloudformation: Any = None, **more: Any) -> dict[str, Any]:
        """Makes a release stack; the stack, once nothing is in progress."""
        found, digest = self.installation(), self.publish(release)
        body = golden("release-arm64").replace('"application": "web"', '"application": "hello"')
        body = body.replace("qa-web--v42", f"qa-hello--{release}").replace("Value: v42", f"Value: {release}")
        body = body.replace('"release": "v42"', f'"release": "{release}"')
        body = body.replace("jetway-storage", found["StorageBucket"]).replace("sha256:" + "a" * 64, digest)
        body = re.sub(r'"key": "arn[^"]*"', f'"key": "{found["KeyArn"]}"', body)
        names = ("InstanceProfileArn", "InstanceGroup", "ApplicationSubnets", "TargetGroupArn")
        parameters = {name: found[name] for name in names} | {"InstanceCount": str(count)}
        parameters["ImageId"] = self.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        return self.create(stack_of(release), body, parameters, cloudformation, **more)

    def reports(self, release: str) -> list[dict[str, Any]]:
        """The boot reports of a release."""
        s3, bucket = self.client("s3"), self.installation()["StorageBucket"]
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"jetway/qa/hello/instances/{release}/").get("Contents", [])
        return [json.load(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"]) for each in found]

    def group(self, release: str) -> dict[str, Any]:
        """The group of a release."""
        found = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        name = f"{stack_of(release)}-Group-"
        return next(each for each in found if each["AutoScalingGroupName"].startswith(name))

    def reasons(self, stack: str) -> list[str]:
        """The reasons in a stack's events, oldest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [each.get("ResourceStatusReason", "") for each in reversed(events)]

    def health(self) -> list[str]:
        """The states of the targets, without those that leave."""
        arn = self.installation()["TargetGroupArn"]
        found = self.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return sorted(each["TargetHealth"]["State"] for each in found)

    @contextlib.contextmanager
    def permissions(self) -> Iterator[dict[str, str]]:
        """Permissions are enforced, and these are the administrator's keys."""
        before = self.keys
        self.keys = self.control("POST", "/enforce-iam", {})
        try:
            yield self.keys
        finally:
            self.control("POST", "/settings", {"enforce_iam": False})
            self.keys = before


def stack_of(release: str) -> str:
    """The name of a release's stack."""
    return f"jetway-release-qa-hello--{release}"


def golden(name: str) -> str:
    """A golden template."""
    return (TEMPLATES / f"{name}.yaml").read_text()


def listed(parameters: dict[str, str]) -> list[dict[str, Any]]:
    """Parameters as CloudFormation takes them."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    """The outputs of a stack that must be complete."""
    assert stack["StackStatus"].endswith("_COMPLETE") and "ROLLBACK" not in stack["StackStatus"], stack
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


shared: list[World] = []


def world() -> World:
    """The emulator that most checks share."""
    if not shared:
        shared.append(World("--set", "target_delay=0.1", "--set", "heartbeat=0.5"))
    return shared[0]
