"""CloudWatch Logs: FilterLogEvents in both directions, by prefix, in pages; moto knows only one way."""

from __future__ import annotations

from typing import Any

from .call import ApiError, Call
from .front import handles
from .lab import ACCOUNT, lab

# 2024-01-01, in milliseconds.
EARLIEST_FROM_END = 1_704_067_200_000


@handles("logs", "FilterLogEvents")
def filter_log_events(call: Call) -> dict[str, Any]:
    from moto.logs.models import logs_backends

    params = call.params
    name = params.get("logGroupName") or params["logGroupIdentifier"]
    group = logs_backends[ACCOUNT][call.region].groups.get(name)
    if group is None:
        raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
    if names and prefix:
        raise ApiError("InvalidParameterException", "logStreamNames and logStreamNamePrefix exclude each other")
    if params.get("filterPattern"):
        raise ApiError("InvalidParameterException", "The emulator knows no filter patterns")
    begin, end = params.get("startTime"), params.get("endTime")
    # A token keeps the direction in which it was given.
    from_head, position = params.get("startFromHead", True), 0
    if params.get("nextToken"):
        direction, _, rest = params["nextToken"].partition("/")
        from_head, position = direction == "f", int(rest)
    elif not from_head and (begin is None or begin < EARLIEST_FROM_END):
        raise ApiError("InvalidParameterException", "startFromHead false needs a startTime of 2024 or later")
    found = [
        {
            "logStreamName": stream.log_stream_name,
            "timestamp": each.timestamp,
            "message": each.message,
            "ingestionTime": each.ingestion_time,
            "eventId": str(each.event_id),
        }
        for stream in list(group.streams.values())
        if (not names or stream.log_stream_name in names) and stream.log_stream_name.startswith(prefix or "")
        for each in list(stream.events)
        if (begin is None or each.timestamp >= begin) and (end is None or each.timestamp <= end)
    ]
    found.sort(key=lambda event: event["timestamp"])
    if not from_head:
        found.reverse()
    last = position + (params.get("limit") or lab.settings.log_page)
    answer: dict[str, Any] = {"events": found[position:last]}
    if last < len(found):
        answer["nextToken"] = f"{'f' if from_head else 'b'}/{last}"
    return answer
