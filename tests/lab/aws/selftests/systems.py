"""Systems Manager and CloudWatch Logs: whom commands reach, and logs in pages."""

from __future__ import annotations

import time
import unittest

from botocore.exceptions import ClientError

from .world import world


class Systems(unittest.TestCase):
    """What is like AWS without any instance."""

    def test_nobody_is_registered_and_no_command_or_session_reaches_anybody(self) -> None:
        ssm, missing = world().client("ssm"), "i-0123456789abcdef0"
        filters = [{"Key": "InstanceIds", "Values": [missing]}]
        self.assertEqual(ssm.describe_instance_information(Filters=filters)["InstanceInformationList"], [])
        with self.assertRaises(ClientError) as refused:
            ssm.send_command(
                InstanceIds=[missing], DocumentName="AWS-RunShellScript", Parameters={"commands": ["true"]}
            )
        self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidInstanceId")
        with self.assertRaises(ClientError) as refused:
            ssm.start_session(Target=missing)
        self.assertEqual(refused.exception.response["Error"]["Code"], "TargetNotConnected")

    def test_a_log_is_read_by_streams_and_in_pages(self) -> None:
        logs, group, now = world().client("logs"), "/selftest/logs", int(time.time() * 1000)
        logs.create_log_group(logGroupName=group)
        for stream in ("i-0a_1", "i-0b_1"):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            events = [{"timestamp": now - 1000 + number, "message": f"{stream} {number}"} for number in range(3)]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        asked = {"logGroupName": group, "logStreamNamePrefix": "i-0b", "startTime": now - 60_000, "limit": 2}
        first = logs.filter_log_events(**asked)
        self.assertEqual([each["message"] for each in first["events"]], ["i-0b_1 0", "i-0b_1 1"])
        rest = logs.filter_log_events(**asked, nextToken=first["nextToken"])
        self.assertEqual([each["message"] for each in rest["events"]], ["i-0b_1 2"])
        self.assertNotIn("nextToken", rest)
