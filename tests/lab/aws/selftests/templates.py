"""Every golden template becomes a stack, and goes again."""

from __future__ import annotations

import unittest

import yaml

from ..kinds import KINDS
from .world import IMAGE, REGION, TEMPLATES, golden, outputs, world


class Templates(unittest.TestCase):
    def test_every_type_of_the_templates_is_known(self) -> None:
        """every type of the golden templates is known"""
        kinds = set()
        for path in TEMPLATES.glob("*.yaml"):
            kinds |= {each["Type"] for each in yaml.safe_load(path.read_text())["Resources"].values()}
        self.assertGreater(len(kinds), 30)
        self.assertEqual(kinds - KINDS.keys(), set())

    def test_every_base_and_environment_template_becomes_a_stack_and_goes_again(self) -> None:
        """every base and environment template becomes a stack, and goes again"""
        key = world().installation()["KeyArn"]
        for path in sorted(TEMPLATES.glob("environment-*.yaml")):
            zones = path.read_text().count("\n  ElbSubnet") // 2
            # The emulator's region has four zones; the templates of more use some of them twice.
            given = ",".join(f"{REGION}{'abcd'[number % 4]}" for number in range(zones))
            self._comes_and_goes(path.stem, {"Zones": given, "KeyArn": key})

    def test_every_application_template_becomes_a_stack_and_goes_again(self) -> None:
        """every application template becomes a stack, and goes again"""
        found = world().installation()
        certificate = world().client("acm").request_certificate(DomainName="hello.example.com")["CertificateArn"]
        for path in sorted(TEMPLATES.glob("application-*.yaml")):
            declared = yaml.safe_load(path.read_text())["Parameters"]
            given = {name: found[name] for name in declared if name in found}
            extra = {"DeletionProtection": "false", "Certificate": certificate, "CertificateArn": certificate}
            extra["ApplicationSubnets"] = found["ApplicationSubnets"]
            # The log group of the shared application has the same name.
            extra["NewLogGroup"] = "true" if "longest" in path.stem else "false"
            given |= {name: value for name, value in extra.items() if name in declared}
            self._comes_and_goes(path.stem, given)

    def test_every_release_template_becomes_a_stack_without_instances(self) -> None:
        """every release template becomes a stack, and goes again"""
        found = world().installation()
        image = world().client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        world().client("ec2").create_key_pair(KeyName="ann")
        for path in sorted(TEMPLATES.glob("release-*.yaml")):
            declared = yaml.safe_load(path.read_text())["Parameters"]
            given = {name: found[name] for name in declared if name in found}
            extra = {"ImageId": image, "InstanceCount": "0", "KeyName": "ann", "StandbyUntil": "2030-01-02T03:04:05Z"}
            given |= {name: value for name, value in extra.items() if name in declared}
            self._comes_and_goes(path.stem, given)

    def _comes_and_goes(self, name: str, given: dict[str, str]) -> None:
        with self.subTest(name):
            made = world().create(f"check-{name}", golden(name), given)
            if made["StackStatus"] != "CREATE_COMPLETE":
                self.fail(f"{made['StackStatus']}: {world().reasons(f'check-{name}')}")
            if made.get("Outputs"):
                outputs(made)
            gone = world().delete(f"check-{name}")
            self.assertEqual(gone["StackStatus"], "DELETE_COMPLETE", world().reasons(made["StackId"]))


class Resources(unittest.TestCase):
    def test_what_a_template_says_of_a_bucket_is_so(self) -> None:
        """encryption, versions, logging, access and policy of a bucket are as the template says"""
        s3, found = world().client("s3"), world().installation()
        bucket = found["StorageBucket"]
        rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"], found["KeyArn"])
        self.assertEqual(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
        self.assertEqual(s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetBucket"], found["LogBucket"])
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        self.assertTrue(all(block.values()))
        self.assertIn("RewritingIsDenied", s3.get_bucket_policy(Bucket=bucket)["Policy"])
        self.assertEqual(len(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]), 2)

    def test_what_a_template_says_of_the_rest_is_so(self) -> None:
        """key, trail, alarm, load balancer and target group are as the template says"""
        found = world().installation()
        kms, elb = world().client("kms"), world().client("elbv2")
        self.assertTrue(kms.get_key_rotation_status(KeyId=found["KeyArn"])["KeyRotationEnabled"])
        tags = kms.list_resource_tags(KeyId=found["KeyArn"])["Tags"]
        self.assertEqual(tags, [{"TagKey": "jetway:installation", "TagValue": "jetway"}])
        trail = world().client("cloudtrail").get_trail(Name=f"jetway-{REGION}")["Trail"]
        self.assertTrue(trail["IsMultiRegionTrail"] and trail["LogFileValidationEnabled"])
        self.assertEqual(len(world().client("cloudwatch").describe_alarms()["MetricAlarms"]), 1)
        target = elb.describe_target_group_attributes(TargetGroupArn=found["TargetGroupArn"])["Attributes"]
        self.assertIn({"Key": "deregistration_delay.timeout_seconds", "Value": "30"}, target)
        balancer = elb.describe_load_balancers(LoadBalancerArns=[found["LoadBalancerArn"]])["LoadBalancers"][0]
        self.assertEqual(balancer["Scheme"], "internet-facing")
        groups = world().client("ec2").describe_security_groups(GroupIds=[found["InstanceGroup"]])["SecurityGroups"]
        self.assertEqual(groups[0]["IpPermissions"][0]["FromPort"], 8000)
        self.assertEqual([each["IpProtocol"] for each in groups[0]["IpPermissionsEgress"]], ["-1"])
