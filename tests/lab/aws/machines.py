"""What EC2 and SSM tell about machines: console output, Amazon Linux images, and where their ids are published."""

from __future__ import annotations

import base64
import fnmatch
from typing import Any

from .call import ApiError, Call
from .front import guards, handles
from .lab import ACCOUNT, lab, now

# The images that a launch may use, by region; they are made when first asked for.
ARCHITECTURES = {"arm64": "arm64", "x86_64": "x86_64"}
PARAMETERS = {
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64": "arm64",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64": "x86_64",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64": "arm64",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64": "x86_64",
}
_images: dict[str, dict[str, str]] = {}


def images(region: str) -> dict[str, str]:
    """The ids of the region's Amazon Linux images, by architecture."""
    with lab.lock:
        if region not in _images:
            from moto.ec2.models import ec2_backends

            backend = ec2_backends[ACCOUNT][region]
            _images[region] = {}
            for number, (name, architecture) in enumerate(ARCHITECTURES.items()):
                ami = f"ami-0a1{'abcdef'[number]}2023{_mark(region)}"
                from moto.ec2.models.amis import Ami

                backend.amis[ami] = Ami(
                    backend,
                    ami,
                    owner_id="137112412989",
                    public=True,
                    name=f"al2023-ami-2023.9.20251020.0-kernel-6.1-{name}",
                    description=f"Amazon Linux 2023 AMI, {name}",
                    architecture=architecture,
                    virtualization_type="hvm",
                    root_device_type="ebs",
                    root_device_name="/dev/xvda",
                    image_type="machine",
                    state="available",
                )
                _images[region][architecture] = ami
        return _images[region]


def _mark(region: str) -> str:
    import hashlib

    return hashlib.sha256(region.encode()).hexdigest()[:9]


@guards("ec2")
def _make_images(call: Call) -> None:
    if call.operation in ("DescribeImages", "RunInstances", "CreateLaunchTemplate"):
        images(call.region)


def forget() -> None:
    """The images are gone with everything else of moto."""
    _images.clear()


def _parameter(name: str, region: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "String",
        "Value": images(region)[PARAMETERS[name]],
        "Version": 142,
        "LastModifiedDate": now(),
        "ARN": f"arn:aws:ssm:{region}::parameter{name}",
        "DataType": "aws:ec2:image",
    }


@handles("ssm", "GetParameter")
def get_parameter(call: Call) -> dict[str, Any] | None:
    name = call.params.get("Name", "")
    return {"Parameter": _parameter(name, call.region)} if name in PARAMETERS else None


@handles("ssm", "GetParameters")
def get_parameters(call: Call) -> dict[str, Any] | None:
    names = call.params.get("Names") or []
    if not names or not all(name in PARAMETERS for name in names):
        return None
    return {"Parameters": [_parameter(name, call.region) for name in names], "InvalidParameters": []}


@handles("ssm", "GetParametersByPath")
def get_parameters_by_path(call: Call) -> dict[str, Any] | None:
    path = call.params.get("Path", "").rstrip("/")
    found = [name for name in PARAMETERS if fnmatch.fnmatchcase(name, f"{path}/*")]
    return {"Parameters": [_parameter(name, call.region) for name in found]} if found else None


@handles("ec2", "GetConsoleOutput")
def get_console_output(call: Call) -> dict[str, Any]:
    from .instances import played

    instance = call.params["InstanceId"]
    found = played.get(instance)
    if found is None:
        raise ApiError("InvalidInstanceID.NotFound", f"The instance ID '{instance}' does not exist")
    text = "".join(f"{line}\r\n" for line in found.console)
    from datetime import datetime, timezone

    return {
        "InstanceId": instance,
        "Output": base64.b64encode(text.encode()).decode(),
        "Timestamp": datetime.now(timezone.utc),
    }
