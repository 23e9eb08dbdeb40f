"""Health checks of machines as targets of load balancers, by the settings of each target group."""

from __future__ import annotations

import http.client
import threading
from typing import Any

from ..instances import INITIAL
from ..lab import ACCOUNT, lab

FAILED = ("Target.FailedHealthChecks", "Health checks failed")


def target_group(arn: str) -> Any:
    """moto's own target group, or nothing."""
    from moto.elbv2.models import elbv2_backends

    return elbv2_backends[ACCOUNT][arn.split(":")[3]].target_groups.get(arn)


class Checks:
    """The checks of one machine, one for each target group that it was ever in."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._all: dict[str, Check] = {}
        self._lock = threading.Lock()

    def state(self, arn: str, port: int) -> dict[str, str]:
        """What is known; the first question begins the checks."""
        with self._lock:
            found = self._all.get(arn)
            if found is None or found.ended.is_set():
                found = self._all[arn] = Check(arn, self._address, port)
                lab.start(found.run)
            return found.state

    def forget(self, arn: str) -> None:
        """The target was deregistered."""
        with self._lock:
            found = self._all.pop(arn, None)
        if found is not None:
            found.ended.set()

    def end(self) -> None:
        """Checks no more."""
        for each in list(self._all.values()):
            each.ended.set()


class Check:
    """The checks of one target."""

    def __init__(self, arn: str, address: str, port: int) -> None:
        self._arn, self._address, self._port = arn, address, port
        self.ended = threading.Event()
        self.state = INITIAL
        # How often in a row it was well, or not.
        self._well = self._ill = 0

    def run(self) -> None:
        """Checks until the target is gone."""
        while not self.ended.is_set() and not lab.stopping.is_set():
            group = target_group(self._arn)
            if group is None:
                return
            self._judge(group, self._ask(group))
            self.ended.wait(float(group.health_check_interval_seconds) * lab.settings.health_check_scale)

    def _judge(self, group: Any, trouble: tuple[str, str] | None) -> None:
        if trouble is None:
            self._well, self._ill = self._well + 1, 0
            # One answer is enough for a new target:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
            if self.state is INITIAL or self._well >= int(group.healthy_threshold_count):
                self.state = {"State": "healthy"}
            return
        self._well, self._ill = 0, self._ill + 1
        if self._ill >= int(group.unhealthy_threshold_count):
            self.state = {"State": "unhealthy", "Reason": trouble[0], "Description": trouble[1]}

    def _ask(self, group: Any) -> tuple[str, str] | None:
        port = group.health_check_port
        port = self._port if port in (None, "traffic-port") else int(port)
        patience = float(group.health_check_timeout_seconds)
        connection = http.client.HTTPConnection(self._address, port, timeout=patience)
        try:
            connection.request("GET", group.health_check_path or "/", headers={"User-Agent": "ELB-HealthChecker/2.0"})
            status = connection.getresponse().status
        except TimeoutError:
            return "Target.Timeout", "Request timed out"
        except (OSError, http.client.HTTPException):
            return FAILED
        finally:
            connection.close()
        if _matches((group.matcher or {}).get("HttpCode") or "200", status):
            return None
        return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


def _matches(matcher: str, status: int) -> bool:
    for part in matcher.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
