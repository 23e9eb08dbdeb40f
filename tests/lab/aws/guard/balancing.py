"""Load balancing as it refuses: what is protected is not deleted."""

from __future__ import annotations

from .. import front
from ..call import ApiError, Call
from ..lab import ACCOUNT


@front.guards("elasticloadbalancing")
def _protected(call: Call) -> None:
    if call.operation != "DeleteLoadBalancer":
        return
    from moto.elbv2.models import elbv2_backends

    arn = call.form.get("LoadBalancerArn", "")
    found = elbv2_backends[ACCOUNT][call.region].load_balancers.get(arn)
    if found is not None and str(found.attrs.get("deletion_protection.enabled")).lower() == "true":
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise ApiError("OperationNotPermitted", text)
