"""What instance metadata says about one instance, as the tree that EC2 serves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

from ..lab import ACCOUNT, lab, now, random_text

SERVICES = {"domain": "amazonaws.com", "partition": "aws"}
TEXTS = ("instance_id", "region", "zone", "account", "type", "image", "architecture", "address")


def instance_id() -> str:
    """An id as EC2 gives it."""
    return "i-0" + random_text(16, "0123456789abcdef")


@dataclass
class Facts:
    """What is told; `None` means that the path is not there."""

    instance_id: str = field(default_factory=instance_id)
    region: str = field(default_factory=lambda: lab.region)
    zone: str = ""
    account: str = ACCOUNT
    type: str = "t3.small"
    image: str = "ami-0a1b2c3d4e5f60718"
    architecture: str = "x86_64"
    address: str = "10.0.0.10"
    user_data: str | None = None
    # The ARN of the role in the instance profile.
    role: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    # What Auto Scaling wants of the instance: `InService`, `Terminated`, ...
    target_lifecycle_state: str | None = None
    # `{"action": "terminate", "time": "2026-01-02T03:04:05Z"}` once Spot takes the instance back.
    spot: dict[str, str] | None = None

    def change(self, values: dict[str, Any]) -> None:
        """Sets what is named; an unknown name is refused."""
        known = {each.name for each in fields(self)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"metadata has no `{unknown[0]}`; it has {', '.join(sorted(known))}")
        for name in TEXTS:
            if not isinstance(values.get(name, ""), str):
                raise ValueError(f"`{name}` is a text")
        for name, value in values.items():
            setattr(self, name, value)

    def tree(self, credentials: Any) -> dict[str, Any]:
        """Every path below a version: folders are dictionaries, leaves are texts or what makes them."""
        zone = self.zone or f"{self.region}a"
        meta: dict[str, Any] = {
            "ami-id": self.image,
            "hostname": f"ip-{self.address.replace('.', '-')}.{self.region}.compute.internal",
            "instance-id": self.instance_id,
            "instance-type": self.type,
            "local-ipv4": self.address,
            "placement": {"availability-zone": zone, "region": self.region},
            "services": SERVICES,
            "tags": {"instance": self.tags} if self.tags else None,
            "iam": self._access(credentials) if self.role else None,
            "autoscaling": self._present("target-lifecycle-state", self.target_lifecycle_state),
            "spot": self._present("instance-action", json.dumps(self.spot) if self.spot else None),
        }
        dynamic = {"instance-identity": {"document": self._identity(zone)}}
        return {"meta-data": meta, "dynamic": dynamic, "user-data": self.user_data}

    @staticmethod
    def _present(name: str, value: str | None) -> dict[str, str] | None:
        return None if value is None else {name: value}

    def _access(self, credentials: Any) -> dict[str, Any]:
        name = (self.role or "").rpartition("/")[2]
        return {"security-credentials": {name: lambda: json.dumps(credentials())}}

    def _identity(self, zone: str) -> str:
        document = {
            "accountId": self.account,
            "architecture": self.architecture,
            "availabilityZone": zone,
            "imageId": self.image,
            "instanceId": self.instance_id,
            "instanceType": self.type,
            "pendingTime": "2026-01-02T03:04:05Z",
            "privateIp": self.address,
            "region": self.region,
            "version": "2017-09-30",
        }
        return json.dumps(document, indent=2)


def expired(at: float) -> bool:
    """Whether a time has passed."""
    return now() >= at
