"""Releases: stand-ins that boot, signal, serve, fail and leave, as a test asked."""

from __future__ import annotations

import base64
import threading
import unittest

from botocore.exceptions import ClientError

from .waiting import until
from .world import stack_of, world


def _stacks() -> list[dict[str, str]]:
    return list(world().client("cloudformation").describe_stacks()["Stacks"])


class Releases(unittest.TestCase):
    def setUp(self) -> None:
        world().control("DELETE", "/behaviours")
        world().control("DELETE", "/faults")

    def _gone(self, release: str) -> None:
        self.assertEqual(world().delete(stack_of(release))["StackStatus"], "DELETE_COMPLETE")

    def test_a_release_becomes_ready(self) -> None:
        """instances boot in every zone, report each phase, signal, and become healthy targets"""
        stack = world().release("v1", count=2)
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE", world().reasons(stack_of("v1")))
        instances = world().group("v1")["Instances"]
        self.assertEqual({each["LifecycleState"] for each in instances}, {"InService"})
        self.assertEqual(len({each["AvailabilityZone"] for each in instances}), 2)
        until(lambda: world().health() == ["healthy"] * 2)
        reports = world().reports("v1")
        self.assertEqual({each["instance"] for each in reports}, {each["InstanceId"] for each in instances})
        phases = [each["phase"] for each in reports[0]["history"]]
        self.assertEqual(phases, ["identify", "fetch", "unseal", "pull", "start", "probe", "ready"])
        ec2 = world().client("ec2")
        found = ec2.describe_instances(InstanceIds=[instances[0]["InstanceId"]])["Reservations"][0]["Instances"][0]
        self.assertEqual(found["IamInstanceProfile"]["Arn"], world().installation()["InstanceProfileArn"])
        self.assertEqual(found["MetadataOptions"]["HttpTokens"], "required")
        self.assertIn({"Key": "jetway:release", "Value": "v1"}, found["Tags"])
        output = ec2.get_console_output(InstanceId=instances[0]["InstanceId"])["Output"]
        self.assertIn('"phase": "ready", "application": "hello", "release": "v1"', output)
        before = reports[0]["updated_at"]
        until(lambda: world().reports("v1")[0]["updated_at"] != before)
        self._gone("v1")
        self.assertEqual({each["phase"] for each in world().reports("v1")}, {"stopped"})

    def test_a_release_goes_out_of_rotation_and_to_zero(self) -> None:
        """a release goes out of rotation, back, and to zero by its scheduled action"""
        world().release("v2", count=1)
        until(lambda: world().health() == ["healthy"])
        moment = "2030-01-02T03:04:05Z"
        stack = world().update(stack_of("v2"), InRotation="false", StandbyUntil=moment)
        self.assertEqual(stack["StackStatus"], "UPDATE_COMPLETE")
        until(lambda: world().health() == [])
        group = world().group("v2")
        self.assertEqual((group["TargetGroupARNs"], len(group["Instances"])), ([], 1))
        world().update(stack_of("v2"), InRotation="true", StandbyUntil="")
        until(lambda: world().health() == ["healthy"])
        self.assertEqual(world().client("autoscaling").describe_scheduled_actions()["ScheduledUpdateGroupActions"], [])
        world().update(stack_of("v2"), InRotation="false", StandbyUntil=moment)
        self.assertEqual(len(world().control("POST", "/scheduled-actions/run", {})["ran"]), 1)
        until(lambda: world().group("v2")["Instances"] == [])
        self.assertEqual(world().group("v2")["MinSize"], 0)
        self._gone("v2")

    def test_a_release_is_scaled(self) -> None:
        """a release is scaled up and down"""
        world().release("v3", count=1)
        world().update(stack_of("v3"), InstanceCount="3")
        until(lambda: [each["LifecycleState"] for each in world().group("v3")["Instances"]] == ["InService"] * 3)
        world().update(stack_of("v3"), InstanceCount="1")
        until(lambda: len(world().group("v3")["Instances"]) == 1)
        self._gone("v3")

    def test_a_failing_release_rolls_back(self) -> None:
        """a failure is reported with its cause, signalled, and rolled back"""
        told = {"kind": "fail", "release": "v4", "phase": "probe", "reason": "the container exited", "exit_code": 3}
        world().control("POST", "/behaviours", told | {"answer": "connection refused", "log": ["one", "two"]})
        stack = world().release("v4", count=1)
        self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
        wanted = (
            "Received 1 FAILURE signal(s) out of 1.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement"
        )
        self.assertIn(wanted, world().reasons(stack_of("v4")))
        failure = world().reports("v4")[0]["failure"]
        self.assertEqual((failure["phase"], failure["exit_code"], failure["log"]), ("probe", 3, ["one", "two"]))
        self.assertEqual((failure["container"], failure["answer"]), ("web", "connection refused"))

    def test_silent_instances_run_into_the_time_limit(self) -> None:
        """silent instances run into the time limit, which is as short as the test wants"""
        world().control("POST", "/behaviours", {"kind": "silent", "release": "v5"})
        world().control("POST", "/settings", {"time_scale": 0.001})
        try:
            stack = world().release("v5", count=1)
        finally:
            world().control("POST", "/settings", {"time_scale": 1.0})
        self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
        self.assertEqual(world().reports("v5"), [])
        text = "Failed to receive 1 resource signal(s) within the specified duration"
        self.assertIn(text, world().reasons(stack_of("v5")))

    def test_other_misbehaviours(self) -> None:
        """targets stay unhealthy, reports lie, instances crash, launches fail"""
        cases = {"v6": "target-unhealthy", "v7": "wrong-release", "v8": "crash", "v9": "wrong-image"}
        for release, kind in cases.items():
            world().control("POST", "/behaviours", {"kind": kind, "release": release, "after": 0.2})
            self.assertEqual(world().release(release)["StackStatus"], "CREATE_COMPLETE", kind)
            if kind in ("target-unhealthy", "crash"):
                until(lambda: world().health() == ["unhealthy"])
            if kind == "wrong-release":
                self.assertEqual(world().reports(release)[0]["release"], "v9999")
            if kind == "wrong-image":
                self.assertEqual(world().reports(release)[0]["images"]["web"], "sha256:" + "0" * 64)
            self._gone(release)

    def test_no_capacity_is_told_by_the_activities(self) -> None:
        """no capacity is told by the scaling activities, and passes"""
        world().control("POST", "/launch-faults", {"code": "InsufficientInstanceCapacity", "count": 1})
        self.assertEqual(world().release("v10")["StackStatus"], "CREATE_COMPLETE")
        activities = world().client("autoscaling").describe_scaling_activities()["Activities"]
        failed = [each for each in activities if each["StatusCode"] == "Failed"]
        self.assertIn("We currently do not have sufficient t4g.small capacity", failed[0]["StatusMessage"])
        self._gone("v10")

    def test_unhealthy_instances_are_replaced(self) -> None:
        """an instance that is set unhealthy is replaced, through both hooks"""
        world().release("v11")
        group = world().group("v11")
        first = group["Instances"][0]["InstanceId"]
        scaling = world().client("autoscaling")
        scaling.set_instance_health(InstanceId=first, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)

        def is_replaced() -> bool:
            found = world().group("v11")["Instances"]
            return [each["LifecycleState"] for each in found] == ["InService"] and found[0]["InstanceId"] != first

        until(is_replaced)
        self._gone("v11")

    def test_a_late_signal_and_a_second_one(self) -> None:
        """a signal for a finished stack is a ValidationError; a second with the same id counts nothing"""
        world().control("POST", "/behaviours", {"kind": "no-signal", "release": "v12"})
        cloudformation = world().client("cloudformation")
        world().control("POST", "/behaviours", {"kind": "silent", "release": "v13"})
        release = world().release

        done = threading.Thread(target=release, args=("v13", 2))
        done.start()
        signal = {"StackName": stack_of("v13"), "LogicalResourceId": "Group", "Status": "SUCCESS"}

        def is_taken() -> bool:
            try:
                cloudformation.signal_resource(**signal, UniqueId="one")
                return True
            except ClientError:
                return False

        until(is_taken)
        cloudformation.signal_resource(**signal, UniqueId="one")
        stack = cloudformation.describe_stacks(StackName=stack_of("v13"))["Stacks"][0]
        self.assertEqual(stack["StackStatus"], "CREATE_IN_PROGRESS")
        cloudformation.signal_resource(**signal, UniqueId="two")
        done.join()
        self.assertEqual(world().settle(stack_of("v13"))["StackStatus"], "CREATE_COMPLETE")
        with self.assertRaisesRegex(ClientError, "ValidationError"):
            cloudformation.signal_resource(**signal, UniqueId="three")
        world().control("POST", "/settings", {"time_scale": 0.001})
        self._gone("v13")
        world().control("POST", "/settings", {"time_scale": 1.0})

    def test_time_is_up_when_a_test_says_so(self) -> None:
        """the time limits of a release are over when a test says so"""
        world().control("POST", "/behaviours", {"kind": "silent", "release": "v15"})
        stack = stack_of("v15")
        world().control("POST", "/freeze", {"stack": stack})
        done = threading.Thread(target=world().release, args=("v15", 1))
        done.start()
        until(lambda: any(each["StackName"] == stack for each in _stacks()))
        world().control("POST", "/unfreeze")

        def is_over() -> bool:
            world().control("POST", "/time-is-up", {"stack": stack, "group": f"{stack}-*"})
            return not done.is_alive()

        until(is_over)
        done.join()
        self.assertEqual(world().settle(stack)["StackStatus"], "ROLLBACK_COMPLETE")

    def test_faults_spare_stand_ins_unless_told(self) -> None:
        """faults spare stand-ins, unless they are meant"""
        fault = {"service": "kms", "operation": "Decrypt", "code": "AccessDeniedException", "count": -1}
        world().control("POST", "/faults", fault)
        self.assertEqual(world().release("v16")["StackStatus"], "CREATE_COMPLETE")
        self._gone("v16")
        world().control("POST", "/faults", fault | {"standins": True})
        self.assertEqual(world().release("v17")["StackStatus"], "ROLLBACK_COMPLETE")
        failure = world().reports("v17")[0]["failure"]
        self.assertEqual(failure["phase"], "unseal")
        self.assertIn("AccessDeniedException", failure["reason"])

    def test_the_boot_file_is_in_the_user_data(self) -> None:
        """the user data of an instance is that of the launch template"""
        world().release("v14")
        instance = world().group("v14")["Instances"][0]["InstanceId"]
        found = world().client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")
        text = base64.b64decode(found["UserData"]["Value"]).decode()
        self.assertIn('"release": "v14"', text)
        self._gone("v14")
