"""CloudFormation: lives of stacks, their events, updates, change sets and refusals."""

from __future__ import annotations

import json
import unittest
from typing import Any

from botocore.exceptions import ClientError

from .waiting import until
from .world import world


def template(*topics: str, **more: Any) -> str:
    """A template of topics and a bucket policy's worth of nothing."""
    resources = {name: {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}} for name in topics}
    return json.dumps({"Resources": resources} | more)


class Lives(unittest.TestCase):
    def test_a_stack_is_made_resource_by_resource(self) -> None:
        """a stack is made resource by resource, with events"""
        world().create("lives", template("A", "B"), {})
        events = world().client("cloudformation").describe_stack_events(StackName="lives")["StackEvents"]
        told = [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)]
        self.assertEqual(told[0], ("lives", "CREATE_IN_PROGRESS"))
        self.assertEqual(
            told[1:4], [("A", "CREATE_IN_PROGRESS"), ("A", "CREATE_IN_PROGRESS"), ("A", "CREATE_COMPLETE")]
        )
        self.assertEqual(told[-1], ("lives", "CREATE_COMPLETE"))

    def test_a_failed_resource_rolls_back(self) -> None:
        """a failed resource rolls the stack back, or is left, or the stack goes"""
        for on_failure, status in (
            ("ROLLBACK", "ROLLBACK_COMPLETE"),
            ("DO_NOTHING", "CREATE_FAILED"),
            ("DELETE", "DELETE_COMPLETE"),
        ):
            world().control("POST", "/resource-faults", {"resource": "B", "stack": "fails-*", "reason": "no luck"})
            name = f"fails-{on_failure.replace('_', '').lower()}"
            stack = world().create(name, template("A", "B"), {}, OnFailure=on_failure)
            self.assertEqual(stack["StackStatus"], status)
            self.assertIn("no luck", world().reasons(stack["StackId"]))
        self.assertIn(
            "The following resource(s) failed to create: [B]. Rollback requested by user.",
            world().reasons("fails-rollback"),
        )

    def test_a_failed_update_rolls_back(self) -> None:
        """a failed update puts everything back"""
        world().create("back", template("A", "B"), {})
        world().control("POST", "/resource-faults", {"resource": "B", "stack": "back", "action": "UPDATE"})
        changed = template("A", "B").replace('"DisplayName": "A"', '"DisplayName": "A2"')
        changed = changed.replace('"DisplayName": "B"', '"DisplayName": "B2"')
        world().client("cloudformation").update_stack(StackName="back", TemplateBody=changed)
        self.assertEqual(world().settle("back")["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        topics = world().client("sns")
        found = world().client("cloudformation").describe_stack_resource(StackName="back", LogicalResourceId="A")
        arn = found["StackResourceDetail"]["PhysicalResourceId"]
        self.assertEqual(topics.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"], "A")

    def test_a_deletion_may_fail(self) -> None:
        """a deletion may fail, and skip what failed the next time"""
        world().create("stays", template("A", "B"), {})
        world().control("POST", "/resource-faults", {"resource": "A", "stack": "stays", "action": "DELETE"})
        self.assertEqual(world().delete("stays")["StackStatus"], "DELETE_FAILED")
        self.assertEqual(world().delete("stays", RetainResources=["A"])["StackStatus"], "DELETE_COMPLETE")

    def test_a_protected_stack_is_not_deleted(self) -> None:
        """a protected stack is not deleted"""
        cloudformation = world().client("cloudformation")
        world().create("safe", template("A"), {}, EnableTerminationProtection=True)
        with self.assertRaisesRegex(ClientError, "cannot be deleted while TerminationProtection is enabled"):
            cloudformation.delete_stack(StackName="safe")
        cloudformation.update_termination_protection(StackName="safe", EnableTerminationProtection=False)
        self.assertEqual(world().delete("safe")["StackStatus"], "DELETE_COMPLETE")
        with self.assertRaisesRegex(ClientError, "does not exist"):
            cloudformation.describe_stacks(StackName="safe")

    def test_a_frozen_stack_stands_still_and_a_forced_status_stays(self) -> None:
        """a frozen stack stands still; a forced status stays"""
        cloudformation = world().client("cloudformation")
        world().control("POST", "/freeze", {"stack": "frozen"})
        cloudformation.create_stack(StackName="frozen", TemplateBody=template("A"))
        until(lambda: "A" in str(cloudformation.describe_stack_resources(StackName="frozen")["StackResources"]) or True)
        self.assertEqual(cloudformation.describe_stacks()["Stacks"][0]["StackStatus"], "CREATE_IN_PROGRESS")
        world().control("POST", "/unfreeze", {"stack": "frozen"})
        self.assertEqual(world().settle("frozen")["StackStatus"], "CREATE_COMPLETE")
        forced = {"stack": "frozen", "status": "UPDATE_ROLLBACK_FAILED", "reason": "as told"}
        world().control("POST", "/stack-status", forced)
        found = cloudformation.describe_stacks(StackName="frozen")["Stacks"][0]
        self.assertEqual((found["StackStatus"], found["StackStatusReason"]), ("UPDATE_ROLLBACK_FAILED", "as told"))
        cloudformation.continue_update_rollback(StackName="frozen")
        self.assertEqual(world().settle("frozen")["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")

    def test_an_update_is_cancelled(self) -> None:
        """an update that is cancelled goes back"""
        cloudformation = world().client("cloudformation")
        world().create("cancelled", template("A", "B"), {})
        world().control("POST", "/freeze", {"stack": "cancelled"})
        changed = template("A", "B").replace('"DisplayName": "A"', '"DisplayName": "A2"')
        cloudformation.update_stack(StackName="cancelled", TemplateBody=changed)
        cloudformation.cancel_update_stack(StackName="cancelled")
        world().control("POST", "/unfreeze")
        self.assertEqual(world().settle("cancelled")["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        with self.assertRaisesRegex(ClientError, "cannot be called from current stack status"):
            cloudformation.cancel_update_stack(StackName="cancelled")

    def test_many_events_come_in_pages(self) -> None:
        """many events come in pages, newest first"""
        world().create("pages", template(*[f"T{number}" for number in range(50)]), {})
        pages = world().client("cloudformation").get_paginator("describe_stack_events").paginate(StackName="pages")
        events = [each for page in pages for each in page["StackEvents"]]
        self.assertEqual(len(events), 152)
        self.assertEqual(len({each["EventId"] for each in events}), 152)
        self.assertEqual(events[-1]["ResourceStatusReason"], "User Initiated")


class Changes(unittest.TestCase):
    def _prepare(self, stack: str, name: str, **more: Any) -> dict[str, Any]:
        cloudformation = world().client("cloudformation")
        cloudformation.create_change_set(StackName=stack, ChangeSetName=name, **more)
        found: dict[str, Any] = {}

        def is_ready() -> bool:
            found.update(cloudformation.describe_change_set(StackName=stack, ChangeSetName=name))
            return found["Status"] in ("CREATE_COMPLETE", "FAILED")

        until(is_ready)
        return found

    def test_a_change_set_makes_a_stack(self) -> None:
        """a change set makes a stack"""
        cloudformation = world().client("cloudformation")
        made = self._prepare("planned", "first", TemplateBody=template("A"), ChangeSetType="CREATE")
        self.assertEqual(made["Changes"][0]["ResourceChange"]["Action"], "Add")
        self.assertEqual(
            cloudformation.describe_stacks(StackName="planned")["Stacks"][0]["StackStatus"], "REVIEW_IN_PROGRESS"
        )
        cloudformation.execute_change_set(StackName="planned", ChangeSetName="first")
        self.assertEqual(world().settle("planned")["StackStatus"], "CREATE_COMPLETE")

    def test_a_change_set_says_what_changes_and_what_is_replaced(self) -> None:
        """a change set says what is added, modified, replaced and removed"""

        def body(topics: dict[str, dict[str, str]]) -> str:
            return json.dumps(
                {"Resources": {name: {"Type": "AWS::SNS::Topic", "Properties": each} for name, each in topics.items()}}
            )

        before = {"Same": {}, "Renamed": {"TopicName": "one"}, "Shown": {"DisplayName": "one"}, "Gone": {}}
        world().create("changes", body(before), {})
        after = {"Same": {}, "Renamed": {"TopicName": "two"}, "Shown": {"DisplayName": "two"}, "New": {}}
        made = self._prepare("changes", "second", TemplateBody=body(after))
        told = {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in made["Changes"]}
        self.assertEqual(
            {name: each["Action"] for name, each in told.items()},
            {"Renamed": "Modify", "Shown": "Modify", "Gone": "Remove", "New": "Add"},
        )
        self.assertEqual((told["Renamed"]["Replacement"], told["Shown"]["Replacement"]), ("True", "False"))
        self.assertEqual(told["Renamed"]["Details"][0]["Target"]["Name"], "TopicName")
        self.assertEqual(
            (told["Renamed"]["PolicyAction"], told["Gone"]["PolicyAction"]), ("ReplaceAndDelete", "Delete")
        )
        world().client("cloudformation").execute_change_set(StackName="changes", ChangeSetName="second")
        self.assertEqual(world().settle("changes")["StackStatus"], "UPDATE_COMPLETE")
        names = " ".join(each["TopicArn"] for each in world().client("sns").list_topics()["Topics"])
        self.assertIn(":two", names)
        self.assertNotIn(":one", names)

    def test_an_empty_change_is_none(self) -> None:
        """an empty change set fails with AWS's words, and an empty update is refused"""
        world().create("empty", template("A"), {})
        made = self._prepare("empty", "nothing", TemplateBody=template("A"))
        self.assertEqual((made["Status"], made["ExecutionStatus"]), ("FAILED", "UNAVAILABLE"))
        self.assertTrue(made["StatusReason"].startswith("The submitted information didn't contain changes."))
        with self.assertRaisesRegex(ClientError, "No updates are to be performed."):
            world().client("cloudformation").update_stack(StackName="empty", TemplateBody=template("A"))


class Refusals(unittest.TestCase):
    def test_what_aws_refuses_is_refused(self) -> None:
        """wrong names, types, properties, references, parameters and sizes are refused"""
        parameter = {"P": {"Type": "String", "AllowedPattern": "[a-z]+"}}
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        cases: list[tuple[dict[str, Any], str]] = [
            ({"StackName": "1x"}, "failed to satisfy constraint"),
            ({"TemplateBody": "{"}, "Template format error"),
            (
                {"TemplateBody": json.dumps({"Resources": {"A": {"Type": "AWS::No::Such"}}})},
                "Unrecognized resource types",
            ),
            ({"TemplateBody": template("A").replace("DisplayName", "DisplayNaem")}, r"extraneous key \[DisplayNaem\]"),
            (
                {"TemplateBody": template("A").replace('"A"}', '{"Ref": "Nope"}}')},
                r"Unresolved resource dependencies \[Nope\]",
            ),
            ({"TemplateBody": template("A", Parameters=parameter)}, r"\[P\] must have values"),
            (
                {
                    "TemplateBody": template("A", Parameters=parameter),
                    "Parameters": [{"ParameterKey": "P", "ParameterValue": "1"}],
                },
                "must match pattern",
            ),
            ({"Parameters": [{"ParameterKey": "X", "ParameterValue": "1"}]}, r"Parameters: \[X\] do not exist"),
            ({"TemplateBody": template("A", Description="x" * 52_000)}, "less than or equal to 51200"),
            ({"TemplateBody": json.dumps({"Resources": {"R": role}})}, r"Requires capabilities : \[CAPABILITY_IAM\]"),
        ]
        for given, message in cases:
            with self.subTest(message), self.assertRaisesRegex(ClientError, message):
                wanted = {"StackName": "refused", "TemplateBody": template("A")} | given
                world().client("cloudformation").create_stack(**wanted)

    def test_a_large_template_comes_from_the_store(self) -> None:
        """a large template comes from the store; secrets are masked; SSM is resolved"""
        s3 = world().client("s3")
        s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        world().client("ssm").put_parameter(Name="/named", Value="from-ssm", Type="String")
        parameters = {
            "Secret": {"Type": "String", "NoEcho": True, "Default": "hidden"},
            "Found": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/named"},
        }
        values = {
            "Found": {"Value": {"Ref": "Found"}},
            "Dynamic": {"Value": "{{resolve:ssm:/named}}"},
            "Cidr": {"Value": {"Fn::Join": ["+", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}},
        }
        body = template("A", Parameters=parameters, Outputs=values, Metadata={"x": "y" * 60_000})
        s3.put_object(Bucket="large", Key="t.json", Body=body.encode())
        url = f"{world().endpoint}/large/t.json"
        world().client("cloudformation").create_stack(StackName="large", TemplateURL=url)
        made = world().settle("large")
        shown = {each["ParameterKey"]: each["ParameterValue"] for each in made["Parameters"]}
        self.assertEqual(shown["Secret"], "****")
        told = {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}
        self.assertEqual(told, {"Found": "from-ssm", "Dynamic": "from-ssm", "Cidr": "10.0.0.0/24+10.0.1.0/24"})
