"""Sessions of Systems Manager: who opened which; no data flows, for that is between AWS and its plugin."""

from __future__ import annotations

import secrets
from typing import Any

from .call import ApiError, Call
from .commands import is_heard
from .control import task
from .front import handles

DOCUMENTS = ("", "AWS-StartInteractiveCommand")
shells: list[dict[str, Any]] = []


def forget() -> None:
    """There are none."""
    shells.clear()


@handles("ssm", "StartSession")
def start_session(call: Call) -> dict[str, Any]:
    target, document = call.params["Target"], call.params.get("DocumentName", "")
    if document not in DOCUMENTS:
        raise ApiError("InvalidDocument", f"Document with name {document} does not exist.")
    if not is_heard(target, call.region):
        raise ApiError("TargetNotConnected", f"{target} is not connected.")
    session = f"{call.caller.user or 'root'}-{secrets.token_hex(8)}"
    shells.append({"target": target, "document": document, "parameters": call.params.get("Parameters") or {}})
    url = f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{session}"
    return {"SessionId": session, "TokenValue": secrets.token_hex(32), "StreamUrl": url}


@task("GET", "/lab/shells")
def opened(_: Any) -> Any:
    """What was opened, oldest first."""
    return {"shells": shells}
