"""Permissions: the roles of the golden templates can do their work, and nothing besides."""

from __future__ import annotations

import base64
import json
import unittest
from typing import Any

from botocore.exceptions import ClientError

from .world import stack_of, world

PLACE = {"jetway:installation": "jetway", "jetway:environment": "qa"}


class Permissions(unittest.TestCase):
    def _refused(self, call: Any, **values: Any) -> None:
        with self.assertRaises(ClientError) as caught:
            call(**values)
        self.assertIn(caught.exception.response["Error"]["Code"], ("AccessDenied", "AccessDeniedException", "403"))

    def _session(self, role: str) -> dict[str, str]:
        return dict(world().control("POST", "/sessions", {"role": role, "name": "check"}))

    def test_signatures_are_checked(self) -> None:
        """unknown keys and wrong secrets are refused in the service's words"""
        with world().permissions() as keys:
            wrong = keys | {"secret_access_key": "wrong"}
            with self.assertRaisesRegex(ClientError, "SignatureDoesNotMatch"):
                world().client_as("s3", wrong).list_buckets()
            with self.assertRaisesRegex(ClientError, "InvalidSignatureException"):
                world().client_as("kms", wrong).list_keys()
            with self.assertRaisesRegex(ClientError, "InvalidClientTokenId"):
                world().client("sts", "AKIANOBODY", "x").get_caller_identity()
            name = world().client("sts").get_caller_identity()["Arn"]
            self.assertEqual(name, "arn:aws:iam::123456789012:user/admin")

    def test_the_deploy_role_deploys_and_opens_no_config(self) -> None:
        """the deploy role deploys in the release role, and opens no config"""
        found = world().installation()
        with world().permissions():
            keys = self._session(found["DeployRoleArn"])
            cloudformation = world().client_as("cloudformation", keys)
            self._refused(cloudformation.create_stack, StackName=stack_of("v20"), TemplateBody="{}")
            tags = [{"Key": "jetway:application", "Value": "hello"}]
            stack = world().release("v20", 1, cloudformation, RoleARN=found["ReleaseRoleArn"], Tags=tags)
            self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE", world().reasons(stack_of("v20")))
            s3, bucket = world().client_as("s3", keys), found["StorageBucket"]
            sealed = json.load(s3.get_object(Bucket=bucket, Key="jetway/qa/hello/config/c20.json")["Body"])
            blob = base64.b64decode(sealed["wrapped_key"])
            context = PLACE | {"jetway:application": "hello", "jetway:version": "c20"}
            kms = world().client_as("kms", keys)
            self._refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)
            self._refused(
                s3.put_object, Bucket=bucket, Key="jetway/qa/hello/config/c21.json", Body=b"", IfNoneMatch="*"
            )
            self._refused(s3.list_objects_v2, Bucket=bucket, Prefix="images/other/")
            s3.list_objects_v2(Bucket=bucket, Prefix="images/hello/")
            s3.put_object(Bucket=bucket, Key="jetway/qa/hello/lock.json", Body=b"{}", IfNoneMatch="*")
            s3.delete_object(Bucket=bucket, Key="jetway/qa/hello/lock.json")
            cloudformation.delete_stack(StackName=stack_of("v20"), RoleARN=found["ReleaseRoleArn"])
            self.assertEqual(world().settle(stack["StackId"])["StackStatus"], "DELETE_COMPLETE")

    def test_the_release_role_makes_releases_and_nothing_else(self) -> None:
        """what the release role may not make fails in the stack"""
        found = world().installation()
        body = json.dumps({"Resources": {"A": {"Type": "AWS::SNS::Topic"}}})
        with world().permissions():
            keys = self._session(found["DeployRoleArn"])
            cloudformation = world().client_as("cloudformation", keys)
            name = stack_of("v29")
            stack = world().create(name, body, {}, cloudformation, RoleARN=found["ReleaseRoleArn"])
            self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
            self.assertIn("is not authorized to perform: sns:CreateTopic", " ".join(world().reasons(name)))

    def test_the_instance_role_reads_its_own_alone(self) -> None:
        """the instance role reads its own images, config and storage, and no neighbour's"""
        found = world().installation()
        iam, bucket = world().client("iam"), found["StorageBucket"]
        name = found["InstanceProfileArn"].rpartition("/")[2]
        role = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"][0]["Arn"]
        with world().permissions():
            world().publish("v21")
            admin, kms = world().client("s3"), world().client("kms")
            keys = self._session(role)
            s3, own_kms = world().client_as("s3", keys), world().client_as("kms", keys)
            for key in ("images/other/x", "jetway/qa/other/config/c1.json", "qa/other/x", "qa/hello/x"):
                admin.put_object(Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*")
            s3.get_object(Bucket=bucket, Key="jetway/qa/hello/releases/v21.json")
            s3.get_object(Bucket=bucket, Key="qa/hello/x")
            s3.put_object(Bucket=bucket, Key="qa/hello/y", Body=b"y")
            s3.list_objects_v2(Bucket=bucket, Prefix="qa/hello/")
            for key in ("images/other/x", "jetway/qa/other/config/c1.json", "qa/other/x"):
                self._refused(s3.get_object, Bucket=bucket, Key=key)
            self._refused(s3.put_object, Bucket=bucket, Key="qa/other/y", Body=b"y")
            self._refused(s3.list_objects_v2, Bucket=bucket, Prefix="qa/other/")
            self._refused(s3.list_objects_v2, Bucket=bucket)
            for application, opens in (("hello", True), ("other", False)):
                context = PLACE | {"jetway:application": application, "jetway:version": "c1"}
                blob = kms.encrypt(KeyId=found["KeyArn"], Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
                if opens:
                    own_kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
                else:
                    self._refused(own_kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)

    def test_managed_policies_and_boundaries_count(self) -> None:
        """managed policies allow, boundaries limit, denials win"""
        iam = world().client("iam")

        def policy(effect: str, *actions: str) -> str:
            statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
            return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

        def managed(name: str, document: str) -> str:
            return str(iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])

        everything = managed("wide", policy("Allow", "s3:*", "kms:*", "sns:*"))
        boundary = managed("narrow", policy("Allow", "s3:*", "kms:*"))
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = iam.create_role(RoleName="limited", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)["Role"]
        iam.attach_role_policy(RoleName="limited", PolicyArn=everything)
        iam.put_role_policy(RoleName="limited", PolicyName="no", PolicyDocument=policy("Deny", "kms:List*"))
        with world().permissions():
            keys = self._session(role["Arn"])
            world().client_as("s3", keys).list_buckets()
            self._refused(world().client_as("sns", keys).list_topics)
            self._refused(world().client_as("kms", keys).list_keys)
            given = {"RoleArn": role["Arn"], "RoleSessionName": "check"}
            self._refused(world().client("sts").assume_role, **given)

    def test_the_bucket_refuses_to_rewrite(self) -> None:
        """the policy of the bucket refuses even the administrator to rewrite what is pinned"""
        bucket = world().installation()["StorageBucket"]
        with world().permissions():
            s3 = world().client("s3")
            self._refused(s3.put_object, Bucket=bucket, Key="jetway/qa/hello/releases/v99.json", Body=b"x")
            s3.put_object(Bucket=bucket, Key="jetway/qa/hello/current.json", Body=b"x")
            url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "jetway/qa/hello/current.json"})
            from urllib.request import urlopen

            with urlopen(url) as answer:
                self.assertEqual(answer.read(), b"x")
            s3.delete_object(Bucket=bucket, Key="jetway/qa/hello/current.json")

    def test_a_workflow_takes_on_the_deploy_role_of_its_own_repository(self) -> None:
        """a workflow takes on the deploy role of its own repository and environment, and no other does"""
        role = world().installation()["DeployRoleArn"]

        def token(subject: str) -> str:
            claims = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com", "sub": subject}
            part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
            return f"e30.{part}.x"

        with world().permissions():
            sts = world().client("sts")
            given = {"RoleArn": role, "RoleSessionName": "ci"}
            own = token("repo:octo-org/hello:environment:qa")
            keys = sts.assume_role_with_web_identity(**given, WebIdentityToken=own)["Credentials"]
            self.assertTrue(keys["SessionToken"])
            for subject in ("repo:octo-org/other:environment:qa", "repo:octo-org/hello:environment:production"):
                self._refused(sts.assume_role_with_web_identity, **given, WebIdentityToken=token(subject))
