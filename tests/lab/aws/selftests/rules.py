"""Faults, records, keys, and how the emulator starts and ends."""

from __future__ import annotations

import os
import time
import unittest
import urllib.request
from email.utils import parsedate_to_datetime

from botocore.exceptions import ClientError, ConnectionClosedError

from .world import World, world


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        world().control("DELETE", "/faults")
        world().control("DELETE", "/calls")

    def test_a_fault_hits_the_calls_that_it_names(self) -> None:
        """a fault hits the nth call that it names, as often as it says"""
        fault = {
            "service": "cloudformation",
            "operation": "DescribeStacks",
            "code": "Throttling",
            "skip": 1,
            "count": 2,
        }
        world().control("POST", "/faults", fault | {"message": "Rate exceeded"})
        told = []
        for _ in range(5):
            try:
                world().client("cloudformation").describe_stacks()
                told.append("ok")
            except ClientError as error:
                told.append(error.response["Error"]["Code"])
        self.assertEqual(told, ["ok", "Throttling", "Throttling", "ok", "ok"])
        self.assertEqual(world().control("GET", "/faults")["faults"][0]["hits"], 2)

    def test_a_lost_answer_was_still_done(self) -> None:
        """the answer is lost, the call was done"""
        s3 = world().client("s3")
        s3.create_bucket(Bucket="lost", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        world().control("POST", "/faults", {"service": "s3", "operation": "PutObject", "lose_answer": True})
        with self.assertRaises(ConnectionClosedError):
            s3.put_object(Bucket="lost", Key="a", Body=b"a", IfNoneMatch="*")
        with self.assertRaisesRegex(ClientError, "PreconditionFailed"):
            s3.put_object(Bucket="lost", Key="a", Body=b"a", IfNoneMatch="*")
        world().control("POST", "/faults", {"operation": "PutObject", "code": "ConditionalRequestConflict"})
        with self.assertRaises(ClientError) as caught:
            s3.put_object(Bucket="lost", Key="b", Body=b"a", IfNoneMatch="*")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 409)
        calls = world().control("GET", "/calls?operation=PutObject")["calls"]
        self.assertEqual([each["status"] for each in calls], [0, 412, 409])
        self.assertEqual(calls[0]["resource"], "lost/a")

    def test_the_clock_of_aws_may_be_wrong(self) -> None:
        """the date of the answers may be skewed"""
        world().control("POST", "/settings", {"date_skew": 3600.0})
        try:
            with urllib.request.urlopen(world().endpoint + "/lab") as answer:
                skew = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
            self.assertAlmostEqual(skew, 3600, delta=5)
        finally:
            world().control("POST", "/settings", {"date_skew": 0.0})

    def test_the_clock_of_aws_may_be_wrong_for_one_call(self) -> None:
        """the date of one answer may be skewed"""
        world().control("POST", "/faults", {"operation": "ListBuckets", "date_skew": -3600, "count": 1})
        for skew in (-3600, 0):
            answer = world().client("s3").list_buckets()["ResponseMetadata"]["HTTPHeaders"]
            told = parsedate_to_datetime(answer["date"]).timestamp() - time.time()
            self.assertAlmostEqual(told, skew, delta=30)

    def test_wrong_use_of_the_control_api_is_told(self) -> None:
        """wrong use of the control API is told"""
        for path, values in (("/settings", {"nope": 1}), ("/behaviours", {"kind": "nope"}), ("/faults", {"code": 1})):
            with self.subTest(path), self.assertRaises(ValueError):
                world().control("POST", path, values)


class Keys(unittest.TestCase):
    def test_keys_refuse_as_in_aws(self) -> None:
        """disabled keys, wrong keys, contexts and changed bytes are refused"""
        kms = world().client("kms")
        first, second = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        context = {"place": "here"}
        blob = kms.encrypt(KeyId=first, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
        cases = [
            ("IncorrectKeyException", {"KeyId": second, "EncryptionContext": context}),
            ("InvalidCiphertextException", {"KeyId": first}),
            ("InvalidCiphertextException", {"CiphertextBlob": blob[:-1] + b"\0", "EncryptionContext": context}),
        ]
        for code, values in cases:
            with self.subTest(code), self.assertRaisesRegex(ClientError, code):
                kms.decrypt(**({"CiphertextBlob": blob} | values))
        self.assertEqual(kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], b"x")
        kms.disable_key(KeyId=first)
        with self.assertRaisesRegex(ClientError, "DisabledException"):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
        with self.assertRaisesRegex(ClientError, "DisabledException"):
            kms.generate_data_key(KeyId=first, KeySpec="AES_256")


class Places(unittest.TestCase):
    def test_what_commands_ask_about_the_account(self) -> None:
        """identity, zones, networks, images and instance types are answered"""
        ec2 = world().client("ec2")
        self.assertEqual(world().client("sts").get_caller_identity()["Account"], "123456789012")
        self.assertGreaterEqual(len(ec2.describe_availability_zones()["AvailabilityZones"]), 3)
        self.assertTrue(ec2.describe_vpcs()["Vpcs"])
        ssm = world().client("ssm")
        for architecture in ("arm64", "x86_64"):
            name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
            image = ssm.get_parameters(Names=[name])["Parameters"][0]["Value"]
            found = ec2.describe_images(ImageIds=[image])["Images"][0]
            self.assertEqual((found["Architecture"], found["State"]), (architecture, "available"))
        kinds = ec2.describe_instance_types(InstanceTypes=["t4g.small"])["InstanceTypes"][0]
        self.assertEqual(kinds["ProcessorInfo"]["SupportedArchitectures"], ["arm64"])
        with self.assertRaisesRegex(ClientError, "InvalidInstanceType"):
            ec2.describe_instance_types(InstanceTypes=["t4g.nope"])


class Starts(unittest.TestCase):
    def test_it_starts_soon_and_ends_with_its_input(self) -> None:
        """an emulator starts soon, is small, forgets everything when told, and ends with its input"""
        made = World()
        self.assertLess(made.startup, 2.5 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
        made.installation()
        with open(f"/proc/{made.process.pid}/status", encoding="ascii") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        self.assertLess(resident, 400 * 1024)
        made.control("POST", "/reset", {})
        self.assertEqual(made.client("cloudformation").describe_stacks()["Stacks"], [])
        self.assertEqual(made.client("s3").list_buckets()["Buckets"], [])
        made.made.clear()
        made.installation()
        self.assertEqual(made.end(), 0)
